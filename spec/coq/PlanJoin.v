(* Joins as maps of two bags to one: all kinds, over conditions that may be unknown.

   A condition of an outer and an inner row is true, false or unknown ([None]); only true makes partners. A join is what each
   outer row yields beside all inner rows ([probe]) and, for right and full joins, the inner rows that no outer row met
   ([unmatched]). NOT IN keeps an outer row only if every comparison is false. *)
Require Import List Permutation Arith Lia Bool.
Require Import Bothways.PlanTypes Bothways.PlanBags.
Import ListNotations.

Record jcond (V : Type) := {
  on : V -> V -> option bool;
  pair_of : V -> V -> V;      (* the row of two partners *)
  pad_outer : V -> V;         (* an outer row beside NULLs *)
  pad_inner : V -> V          (* an inner row beside NULLs *)
}.
Arguments on {V}. Arguments pair_of {V}. Arguments pad_outer {V}. Arguments pad_inner {V}.

Section Join.
Context {V : Type}.
Implicit Types (c : jcond V) (k : jkind) (outer inner : list V).
Definition meets c o i := match on c o i with Some true => true | _ => false end.
Definition differs c o i := match on c o i with Some false => true | _ => false end.
Definition partners c inner o := map (pair_of c o) (filter (meets c o) inner).
Definition jrow k c inner o : list V := match k with
  | Inner | RightOuter => partners c inner o
  | LeftOuter | FullOuter => match partners c inner o with [] => [pad_outer c o] | ps => ps end
  | Semi => match partners c inner o with [] => [] | _ => [o] end
  | Anti => match partners c inner o with [] => [o] | _ => [] end
  | NotIn => if forallb (differs c o) inner then [o] else [] end.
Definition probe k c outer inner := flat_map (jrow k c inner) outer.
Definition lonely c outer i := negb (existsb (fun o => meets c o i) outer).
Definition unmatched k c outer inner :=
  if emits_inner k then map (pad_inner c) (filter (lonely c outer) inner) else [].
Definition join k c outer inner := probe k c outer inner ++ unmatched k c outer inner.

Lemma partners_perm c i i' o : Permutation i i' -> Permutation (partners c i o) (partners c i' o).
Proof. intros P. now apply Permutation_map, filter_perm. Qed.
Lemma jrow_perm k c i i' o : Permutation i i' -> Permutation (jrow k c i o) (jrow k c i' o).
Proof.
  intros P. assert (Q := partners_perm c i i' o P). unfold jrow. rewrite (forallb_perm _ _ _ P).
  destruct (partners c i o) as [|x l], (partners c i' o) as [|x' l']; destruct k; auto;
    try (apply Permutation_nil in Q; discriminate);
    try (apply Permutation_sym, Permutation_nil in Q; discriminate).
Qed.
Lemma probe_perm k c o o' i i' : Permutation o o' -> Permutation i i' -> Permutation (probe k c o i) (probe k c o' i').
Proof.
  intros P Q. unfold probe. rewrite (flat_map_perm _ _ _ P). apply flat_map_pw. intros; now apply jrow_perm.
Qed.
Lemma lonely_perm c o o' i : Permutation o o' -> lonely c o i = lonely c o' i.
Proof. intros P. unfold lonely. now rewrite (existsb_perm _ _ _ P). Qed.
Lemma unmatched_perm k c o o' i i' :
  Permutation o o' -> Permutation i i' -> Permutation (unmatched k c o i) (unmatched k c o' i').
Proof.
  intros P Q. unfold unmatched. destruct (emits_inner k); auto. apply Permutation_map.
  rewrite (filter_ext _ _ (fun x => lonely_perm c o o' x P)). now apply filter_perm.
Qed.
Lemma join_perm k c o o' i i' : Permutation o o' -> Permutation i i' -> Permutation (join k c o i) (join k c o' i').
Proof. intros P Q. apply Permutation_app; auto using probe_perm, unmatched_perm. Qed.

(* shares of the outer side: every kind that leaves inner rows alone *)
Lemma probe_outer n k c g i : gat n (fun j => probe k c (g j) i) = probe k c (gat n g) i.
Proof. apply (gat_hom n (flat_map (jrow k c i))); auto using flat_map_app. Qed.
Lemma join_outer n k c g i : emits_inner k = false -> Permutation (gat n (fun j => join k c (g j) i)) (join k c (gat n g) i).
Proof.
  intros E. unfold join, unmatched. rewrite E, app_nil_r, <- probe_outer.
  apply gat_perm. intros. now rewrite app_nil_r.
Qed.
(* shares of the inner side: the kinds that leave outer rows alone *)
Lemma join_inner n k c o h :
  k = Inner \/ k = RightOuter -> Permutation (gat n (fun j => join k c o (h j))) (join k c o (gat n h)).
Proof.
  intros K. unfold join. rewrite gat_app. apply Permutation_app.
  - apply (gat_union n (probe k c o)).
    + unfold probe. destruct K as [-> | ->]; simpl; clear; induction o; auto.
    + intros x y. unfold probe. induction o as [|r o IH]; simpl; auto.
      rewrite IH. replace (jrow k c (x ++ y) r) with (jrow k c x r ++ jrow k c y r).
      * rewrite <- !app_assoc. apply Permutation_app_head. rewrite !app_assoc.
        apply Permutation_app_tail, Permutation_app_comm.
      * destruct K as [-> | ->]; simpl; unfold partners; now rewrite filter_app, map_app.
  - rewrite (gat_hom n (unmatched k c o)); auto; unfold unmatched; destruct (emits_inner k); auto.
    intros. now rewrite filter_app, map_app.
Qed.

(* ---- what the kinds mean ---- *)
(* An unknown comparison is no partner, so it never lets NOT IN keep a row; an anti join keeps it. *)
(*@ expr.in.null *)
Theorem not_in_unknown c o inner i : In i inner -> on c o i = None -> jrow NotIn c inner o = [].
Proof.
  intros I U. simpl. destruct (forallb (differs c o) inner) eqn:F; auto.
  rewrite forallb_forall in F. specialize (F i I). unfold differs in F. now rewrite U in F.
Qed.
(*@ rel.join.anti *)
Theorem anti_unknown c o inner : (forall i, In i inner -> on c o i <> Some true) -> jrow Anti c inner o = [o].
Proof.
  intros U. simpl. replace (partners c inner o) with (@nil V); auto. symmetry. unfold partners.
  induction inner as [|i inner IH]; simpl in *; auto. unfold meets at 1.
  assert (N := U i (or_introl eq_refl)). destruct (on c o i) as [[]|]; try congruence; apply IH; auto.
Qed.
(* Without unknown comparisons NOT IN is the anti join. *)
(*@ rel.join.anti *)
Theorem not_in_anti c outer inner : (forall o i, In i inner -> on c o i <> None) ->
  join NotIn c outer inner = join Anti c outer inner.
Proof.
  intros D. unfold join, unmatched. simpl. f_equal. apply flat_map_ext. intros o. simpl. unfold partners.
  induction inner as [|i inner IH]; simpl in *; auto. unfold meets at 1. unfold differs at 1.
  assert (N := D o i (or_introl eq_refl)). destruct (on c o i) as [[]|]; simpl; try congruence. apply IH. auto.
Qed.
(* A unique-ified inner side: where partners are found by a key, the semi join is the inner join with each key once. *)
(*@ rel.join.semi *)
Theorem semi_unique {J} c (J_eq : forall x y : J, {x = y} + {x <> y}) (ko : V -> option J) (ki : V -> J) outer inner :
  (forall o i, on c o i = Some true <-> ko o = Some (ki i)) ->
  (forall o i, pair_of c o i = o) ->
  forall once, NoDup (map ki once) -> (forall x, In x (map ki once) <-> In x (map ki inner)) ->
  join Semi c outer inner = join Inner c outer once.
Proof.
  intros H P once N M. unfold join, unmatched. simpl. f_equal. apply flat_map_ext. intros o. simpl.
  assert (A : forall l, partners c l o = [] <-> forall i, In i l -> on c o i <> Some true).
  { intros l. unfold partners. split.
    - intros E i I T. apply map_eq_nil in E. assert (F : In i (filter (meets c o) l)).
      { apply filter_In. split; auto. unfold meets. now rewrite T. }
      now rewrite E in F.
    - intros E. replace (filter (meets c o) l) with (@nil V); auto. symmetry. induction l as [|i l IH]; simpl in *; auto.
      unfold meets at 1. assert (T := E i (or_introl eq_refl)). destruct (on c o i) as [[]|]; try congruence; auto. }
  assert (B : partners c inner o = [] <-> partners c once o = []).
  { rewrite !A. split; intros E i I T; apply H in T; apply (in_map ki) in I.
    - apply M, in_map_iff in I as (j & K & I). apply (E j I). apply H. congruence.
    - apply M, in_map_iff in I as (j & K & I). apply (E j I). apply H. congruence. }
  (* one key, so at most one partner *)
  assert (C : partners c once o = [] \/ partners c once o = [o]).
  { assert (G : forall i, meets c o i = true -> ko o = Some (ki i)).
    { intros i T. apply H. unfold meets in T. now destruct (on c o i) as [[]|]. }
    clear -G P N. unfold partners. induction once as [|i l IH]; simpl in *; auto. inversion N as [|? ? X N']; subst.
    destruct (meets c o i) eqn:T; auto. right. simpl. rewrite P. f_equal. apply G in T.
    replace (filter (meets c o) l) with (@nil V); auto. symmetry. clear -G T X.
    induction l as [|j l IH]; simpl in *; auto. destruct (meets c o j) eqn:U; auto.
    apply G in U. exfalso. apply X. left. congruence. }
  destruct (partners c inner o) as [|x l]; destruct C as [C|C]; rewrite C in *; auto.
  - now discriminate (proj1 B eq_refl).
  - now discriminate (proj2 B eq_refl).
Qed.
End Join.
