(* Grouping, whole and through states: what Finalize makes of any flushes of a Partial Aggregate is the serial grouping.

   A grouping has keys, or none: without keys ([Plain]) there is one group, [None], even of no rows. A state carries the key
   of its group. A Partial Aggregate may flush as often as it likes: its output is the states of any chunks of one key each,
   in any order, so that a hash table that spills, a sorted run and a participant that saw no row are all covered. *)
Require Import List Permutation Arith Lia Bool.
Require Import Bothways.AggLaws Bothways.PlanTypes Bothways.PlanBags.
Import ListNotations.

Record gagg (V K : Type) := {
  g_out : Type;
  g_agg : Agg V g_out;
  g_key : option (V -> K);                (* None: no GROUP BY *)
  g_row : option K -> g_out -> V;         (* the row of a group *)
  g_laws : Laws g_agg
}.
Arguments g_out {V K}. Arguments g_agg {V K}. Arguments g_key {V K}. Arguments g_row {V K}. Arguments g_laws {V K}.

Section Group.
Context {V K : Type} (K_eq : forall x y : K, {x = y} + {x <> y}).
Implicit Types (g : gagg V K) (l : list V).
Definition key_eq : forall x y : option K, {x = y} + {x <> y}.
Proof. decide equality. Defined.
Definition group_of g v := match g_key g with Some h => Some (h v) | None => None end.
Definition always g : list (option K) := match g_key g with Some _ => [] | None => [None] end.
Definition grouping_of g := match g_key g with Some _ => Grouped | None => Plain end.
Definition inside g k v := if key_eq (group_of g v) k then true else false.
Definition groups g l : list V :=
  map (fun k => g_row g k (serial (g_agg g) (filter (inside g k) l))) (nodup key_eq (always g ++ map (group_of g) l)).

Definition state g := (option K * st (g_agg g))%type.
Definition flushed g (c : option K * list V) : state g := (fst c, partial (g_agg g) (snd c)).
Definition chunk g (c : option K * list V) :=
  (snd c <> [] \/ In (fst c) (always g)) /\ Forall (fun v => group_of g v = fst c) (snd c).
Definition states_of g (sts : list (state g)) l := exists chunks,
  Permutation sts (map (flushed g) chunks) /\ Permutation (concat (map snd chunks)) l /\ Forall (chunk g) chunks.
Definition with_key g k (c : state g) := if key_eq (fst c) k then true else false.
Definition finalize g (sts : list (state g)) : list V :=
  map (fun k => g_row g k (fin (g_agg g)
        (fold_left (comb (g_agg g)) (map snd (filter (with_key g k) sts)) (init (g_agg g)))))
      (nodup key_eq (always g ++ map fst sts)).

(*@ rel.aggregate *)
Theorem plain_one_row g l : g_key g = None -> length (groups g l) = 1.
Proof.
  intros N. unfold groups, always. rewrite N, map_length.
  assert (G : forall r, length (nodup key_eq (None :: map (group_of g) r)) = 1); [|exact (G l)].
  induction r as [|v r IH]; auto. simpl map. replace (group_of g v) with (@None K) by (unfold group_of; now rewrite N).
  simpl. destruct (key_eq None None) as [_|]; [|easy]. exact IH.
Qed.
(*@ rel.aggregate *)
Theorem grouped_no_rows g : g_key g <> None -> groups g [] = [].
Proof. intros N. unfold groups, always. now destruct (g_key g). Qed.

Lemma groups_perm g l l' : Permutation l l' -> Permutation (groups g l) (groups g l').
Proof.
  intros P. unfold groups.
  assert (Q : Permutation (nodup key_eq (always g ++ map (group_of g) l)) (nodup key_eq (always g ++ map (group_of g) l'))).
  { apply nodup_perm, same_members. now apply Permutation_app_head, Permutation_map. }
  rewrite (Permutation_map _ Q). erewrite map_ext; [reflexivity|]. intros k. simpl. f_equal.
  unfold serial. apply fin_proper. apply (partial_perm (g_agg g) (g_laws g)); [now apply filter_perm|apply reach_init].
Qed.

Lemma states_nil g : states_of g [] []. Proof. exists []. repeat split; auto. Qed.
Lemma states_perm g s s' l l' : Permutation s s' -> Permutation l l' -> states_of g s l -> states_of g s' l'.
Proof.
  intros P Q (c & A & B & C). exists c. split; [|split; [|exact C]].
  - transitivity s; [now symmetry|exact A].
  - transitivity l; [exact B|exact Q].
Qed.
Lemma states_app g s s' l l' : states_of g s l -> states_of g s' l' -> states_of g (s ++ s') (l ++ l').
Proof.
  intros (c & A & B & C) (c' & A' & B' & C'). exists (c ++ c'). rewrite !map_app, concat_app.
  repeat split; auto using Permutation_app. now apply Forall_app.
Qed.
Lemma states_gat g n F h : (forall i, i < n -> states_of g (F i) (h i)) -> states_of g (gat n F) (gat n h).
Proof. induction n; simpl; intros H; auto using states_nil. apply states_app; auto. Qed.
(* some flush is always possible: a state per row *)
Definition each_row g l := map (flushed g) (map (fun v => (group_of g v, [v])) l).
Lemma each_row_states g l : states_of g (each_row g l) l.
Proof.
  exists (map (fun v => (group_of g v, [v])) l). repeat split; auto.
  - rewrite map_map. simpl. induction l; simpl; auto.
  - apply Forall_forall. intros c I. apply in_map_iff in I as (v & <- & _). split; simpl; auto. now left.
Qed.

Lemma filter_chunks g k chunks : Forall (chunk g) chunks ->
  filter (inside g k) (concat (map snd chunks)) =
  concat (map snd (filter (fun c => if key_eq (fst c) k then true else false) chunks)).
Proof.
  induction 1 as [|[k0 xs] cs [_ H] _ IH]; simpl in *; auto. rewrite filter_app, IH. clear IH.
  destruct (key_eq k0 k) as [->|N]; simpl.
  - f_equal. induction H as [|v vs E _ IHv]; simpl; auto. unfold inside at 1. rewrite E.
    destruct (key_eq k k); [now rewrite IHv|congruence].
  - replace (filter (inside g k) xs) with (@nil V); auto.
    induction H as [|v vs E _ IHv]; simpl; auto. unfold inside at 1. rewrite E.
    destruct (key_eq k0 k); [congruence|auto].
Qed.
(*@ plan.aggregate.finalize, plan.aggregate.partial, agg.partial.flush *)
Theorem finalize_serial g sts l : states_of g sts l -> Permutation (finalize g sts) (groups g l).
Proof.
  intros (chunks & A & B & C).
  apply Permutation_map_inv in A. destruct A as (cs & -> & P).
  assert (C' : Forall (chunk g) cs) by (eapply Permutation_Forall; eauto).
  assert (B' : Permutation (concat (map snd cs)) l).
  { rewrite <- B, <- !flat_map_concat_map. now apply flat_map_perm, Permutation_sym. }
  rewrite <- (groups_perm g _ _ B'). clear dependent chunks. clear B' l.
  unfold finalize, groups.
  assert (Q : Permutation (nodup key_eq (always g ++ map fst (map (flushed g) cs)))
                          (nodup key_eq (always g ++ map (group_of g) (concat (map snd cs))))).
  { apply nodup_perm. intros x. rewrite map_map. simpl. rewrite !in_app_iff, !in_map_iff. rewrite Forall_forall in C'. split.
    - intros [I|([k xs] & E & I)]; auto. simpl in *. subst. destruct (C' _ I) as [[N|N] F]; auto. simpl in *.
      destruct xs as [|v xs]; [easy|]. right. exists v. inversion F; subst. split; auto.
      apply in_concat. exists (v :: xs). split; [|now left]. apply in_map_iff. eexists (_, v :: xs). split; [reflexivity|exact I].
    - intros [I|(v & E & I)]; auto. right. apply in_concat in I. destruct I as (xs & I & J). apply in_map_iff in I.
      destruct I as ([k ys] & E' & I). simpl in *. subst. exists (k, xs). split; auto. simpl.
      destruct (C' _ I) as [_ F]. rewrite Forall_forall in F. symmetry. now apply F. }
  rewrite (Permutation_map _ Q). erewrite map_ext; [reflexivity|]. intros k. simpl. f_equal.
  assert (E : map snd (filter (with_key g k) (map (flushed g) cs)) =
              map (partial (g_agg g)) (map snd (filter (fun c => if key_eq (fst c) k then true else false) cs))).
  { clear. induction cs as [|c cs IH]; simpl; auto. unfold with_key at 1. simpl.
    destruct (key_eq (fst c) k); simpl; now rewrite IH. }
  rewrite E. apply (gather_correct (g_agg g) (g_laws g)). now rewrite filter_chunks.
Qed.

(* ---- states by home ---- *)
(* No group has states with two participants. *)
Definition at_home g n (F : nat -> list (state g)) :=
  forall i j k, i < n -> j < n -> In k (map fst (F i)) -> In k (map fst (F j)) -> i = j.
Lemma with_key_none g k s : ~ In k (map fst s) -> filter (with_key g k) s = [].
Proof.
  induction s as [|c s IH]; simpl; intros N; auto. unfold with_key at 1. destruct (key_eq (fst c) k); [exfalso; auto|auto].
Qed.
Lemma nodup_apart (l l' : list (option K)) : (forall k, In k l -> ~ In k l') ->
  nodup key_eq (l ++ l') = nodup key_eq l ++ nodup key_eq l'.
Proof.
  induction l as [|k l IH]; simpl; intros D; auto. rewrite IH by (intros; apply D; auto).
  destruct (in_dec key_eq k l) as [I|N], (in_dec key_eq k (l ++ l')) as [I'|N']; auto.
  - exfalso. apply N'. rewrite in_app_iff. auto.
  - exfalso. apply in_app_iff in I' as [I'|I']; auto. apply (D k); auto.
Qed.
Lemma finalize_apart g s s' : g_key g <> None -> (forall k, In k (map fst s) -> ~ In k (map fst s')) ->
  finalize g (s ++ s') = finalize g s ++ finalize g s'.
Proof.
  intros G D. unfold finalize, always. destruct (g_key g) as [h|]; [|easy]. simpl.
  rewrite map_app, nodup_apart, map_app by auto. f_equal; apply map_ext_in; intros x I; apply nodup_In in I; rewrite filter_app.
  - assert (E := with_key_none g x s' (D x I)). unfold state in *. now rewrite E, app_nil_r.
  - assert (E := with_key_none g x s (fun J => D x J I)). unfold state in *. now rewrite E.
Qed.
(*@ plan.exchange, plan.aggregate.finalize-partial *)
Theorem finalize_at_home g n F : g_key g <> None -> at_home g n F ->
  finalize g (gat n F) = gat n (fun i => finalize g (F i)).
Proof.
  intros G. induction n as [|n IH]; simpl; intros H.
  - unfold finalize, always. now destruct (g_key g).
  - rewrite finalize_apart, IH; auto.
    + intros i j k Li Lj. apply H; lia.
    + intros k I J. apply in_map_iff in I as (c & <- & I). apply gat_in in I as (i & L & I).
      assert (i = n); [|lia]. apply (H i n (fst c)); auto. now apply in_map.
Qed.
Lemma exchange_home g n (home : option K -> nat) (s : list (state g)) (F : nat -> list (state g)) :
  (forall i, i < n -> Permutation (F i) (filter (fun c => home (fst c) =? i) s)) -> at_home g n F.
Proof.
  intros H i j k Li Lj I J.
  assert (A : forall m, m < n -> In k (map fst (F m)) -> home k = m).
  { intros m L M. apply in_map_iff in M as (c & <- & M). apply (Permutation_in _ (H m L)) in M.
    apply filter_In in M as [_ M]. now apply Nat.eqb_eq. }
  now rewrite <- (A i Li I), <- (A j Lj J).
Qed.
End Group.
