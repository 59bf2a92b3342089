(* Plans have types: a plan that the checker accepts returns the serial bag in every schedule.

   A world has n participants; above every Gather stands a world of one. A node denotes one bag per participant, and it is
   a relation, not a function: which participant is handed which block, in which order rows arrive and when a partial
   aggregate flushes its states are all left open. The distribution of a node says how its bags add up to the serial one:

     Single      there is one participant, and it has the serial bag
     Partial     the bag union over the participants is the serial bag
     Replicated  every participant has the whole serial bag

   The worlds go down the tree and the types come up. [check] is the whole type system, a function on the first-order
   skeleton of a plan; [eval] is what a schedule may do; [top_sound] joins the two. *)
Require Import List Permutation Arith Lia Bool.
Require Import Bothways.AggLaws.
Import ListNotations.

Inductive dist := Single | Partial | Replicated.
Inductive jkind := Inner | LeftOuter | Semi | Anti.
(* first-order skeleton: what a checker sees (Rust plan or EXPLAIN output) *)
Inductive skel :=
| KScan | KParScan | KFilter (p : skel) | KProject (p : skel) | KJoin (k : jkind) (o i : skel)
| KShared (p : skel) | KElect (p : skel) | KAppend (p q : skel) | KGather (m : nat) (p : skel)
| KAgg (p : skel) | KFinal (s : kstate)
with kstate := KPartial (p : skel) | KSGather (m : nat) (s : kstate) | KSAppend (s t : kstate).

(* A plain node runs in every participant, a parallel-aware one is shared between them; in a world of one both are Single. *)
Definition whole n := if n =? 1 then Single else Replicated.
Definition share n := if n =? 1 then Single else Partial.
Definition same d e := match d, e with
  | Single, Single => Some Single | Partial, Partial => Some Partial | Replicated, Replicated => Some Replicated
  | _, _ => None end.
Fixpoint check (n : nat) (p : skel) : option dist :=
  match p with
  | KScan => Some (whole n)
  | KParScan => Some (share n)
  | KFilter p | KProject p => check n p
  | KJoin k o i =>
      match check n o, check n i with
      | Some d, Some (Single | Replicated) => Some d
      | Some Replicated, Some Partial => match k with Inner => Some Partial | _ => None end
      | _, _ => None
      end
  | KShared p => match check n p with Some Partial => Some Replicated | Some Single => Some Single | _ => None end
  | KElect p => match check n p with Some Replicated => Some Partial | Some Single => Some Single | _ => None end
  | KAppend p q => match check n p, check n q with Some d, Some e => same d e | _, _ => None end
  | KGather m p => if (n =? 1) && (0 <? m) then
      match check m p with Some (Single | Partial) => Some Single | _ => None end else None
  | KAgg p => match check n p with Some (Single | Replicated) => check n p | _ => None end
  | KFinal s => match scheck n s with Some (Single | Replicated) => scheck n s | _ => None end
  end
with scheck n s :=
  match s with
  | KPartial p => check n p
  | KSAppend s t => match scheck n s, scheck n t with Some d, Some e => same d e | _, _ => None end
  | KSGather m s => if (n =? 1) && (0 <? m) then
      match scheck m s with Some (Single | Partial) => Some Single | _ => None end else None
  end.

Section Sem.
Variables V K : Type.
Variable Keq : forall x y : K, {x = y} + {x <> y}.
Variable db : nat -> list V.
Record gagg := { g_out : Type; g_agg : Agg V g_out; g_key : V -> K; g_mk : K -> g_out -> V; g_ok : Laws g_agg }.

Inductive plan :=
| Scan (t : nat) | ParScan (t : nat) | Filter (b : V -> bool) (p : plan) | Project (h : V -> V) (p : plan)
| Join (k : jkind) (m : V -> V -> option V) (pad : V -> V) (o i : plan)
| Shared (p : plan) | Elect (p : plan) | Append (p q : plan) | Gather (m : nat) (p : plan)
| GAgg (g : gagg) (p : plan) | Final (g : gagg) (s : splan)
with splan := SPartial (p : plan) | SGather (m : nat) (s : splan) | SAppend (s t : splan).
Scheme plan_mut := Induction for plan Sort Prop with splan_mut := Induction for splan Sort Prop.
Combined Scheme plan_both from plan_mut, splan_mut.

Fixpoint erase p := match p with
  | Scan _ => KScan | ParScan _ => KParScan | Filter _ p => KFilter (erase p) | Project _ p => KProject (erase p)
  | Join k _ _ o i => KJoin k (erase o) (erase i) | Shared p => KShared (erase p) | Elect p => KElect (erase p)
  | Append p q => KAppend (erase p) (erase q) | Gather m p => KGather m (erase p) | GAgg _ p => KAgg (erase p)
  | Final _ s => KFinal (serase s) end
with serase s := match s with SPartial p => KPartial (erase p) | SGather m s => KSGather m (serase s)
  | SAppend s t => KSAppend (serase s) (serase t) end.

(* ---- serial semantics (parallel nodes are identities) ---- *)
Definition jrow k (m : V -> V -> option V) (pad : V -> V) (inner : list V) (o : V) : list V :=
  let ms := omap (m o) inner in
  match k with Inner => ms
  | LeftOuter => match ms with [] => [pad o] | _ => ms end
  | Semi => match ms with [] => [] | _ => [o] end
  | Anti => match ms with [] => [o] | _ => [] end end.
Definition join k m pad outer inner := flat_map (jrow k m pad inner) outer.
Definition keyis (g : gagg) k v := if Keq (g_key g v) k then true else false.
Definition groupagg g rows : list V :=
  map (fun k => g_mk g k (serial (g_agg g) (filter (keyis g k) rows))) (nodup Keq (map (g_key g) rows)).
Fixpoint serialp p : list V := match p with
  | Scan t | ParScan t => db t | Filter b p => filter b (serialp p) | Project h p => map h (serialp p)
  | Join k m pad o i => join k m pad (serialp o) (serialp i)
  | Shared p | Elect p | Gather _ p => serialp p | Append p q => serialp p ++ serialp q
  | GAgg g p => groupagg g (serialp p) | Final g s => groupagg g (serials s) end
with serials s := match s with SPartial p => serialp p | SGather _ s => serials s | SAppend s t => serials s ++ serials t end.

(* ---- parallel semantics ---- *)
Fixpoint gat {A} n (f : nat -> list A) := match n with 0 => [] | S k => gat k f ++ f k end.
Definition stt (g : gagg) := (K * st (g_agg g))%type.
Definition mkst g (c : K * list V) : stt g := (fst c, partial (g_agg g) (snd c)).
(* any flush policy of a partial aggregate *)
Definition states_of g (sts : list (stt g)) rows := exists chunks,
  Permutation sts (map (mkst g) chunks) /\ Permutation (concat (map snd chunks)) rows /\
  Forall (fun c => snd c <> [] /\ Forall (fun v => g_key g v = fst c) (snd c)) chunks.
Definition fstis g k (c : stt g) := if Keq (fst c) k then true else false.
Definition finalagg g (sts : list (stt g)) : list V :=
  map (fun k => g_mk g k (fin (g_agg g) (fold_left (comb (g_agg g)) (map snd (filter (fstis g k) sts)) (init (g_agg g)))))
      (nodup Keq (map fst sts)).
Fixpoint eval n p (f : nat -> list V) : Prop := match p with
  | Scan t => forall i, i < n -> Permutation (f i) (db t)
  | ParScan t => Permutation (gat n f) (db t)
  | Filter b p => exists g, eval n p g /\ forall i, i < n -> Permutation (f i) (filter b (g i))
  | Project h p => exists g, eval n p g /\ forall i, i < n -> Permutation (f i) (map h (g i))
  | Join k m pad o i => exists g h, eval n o g /\ eval n i h /\
      forall j, j < n -> Permutation (f j) (join k m pad (g j) (h j))
  | Shared p => exists g, eval n p g /\ forall i, i < n -> Permutation (f i) (gat n g)
  | Elect p => exists g w, eval n p g /\ w < n /\ Permutation (f w) (g w) /\ forall i, i < n -> i <> w -> f i = []
  | Append p q => exists g h, eval n p g /\ eval n q h /\ forall i, i < n -> Permutation (f i) (g i ++ h i)
  | Gather m p => exists g, eval m p g /\ Permutation (f 0) (gat m g)
  | GAgg a p => exists g, eval n p g /\ forall i, i < n -> exists rows, Permutation rows (g i) /\ Permutation (f i) (groupagg a rows)
  | Final a s => exists F, seval a n s F /\ forall i, i < n -> Permutation (f i) (finalagg a (F i)) end
with seval a n s (F : nat -> list (stt a)) : Prop := match s with
  | SPartial p => exists g, eval n p g /\ forall i, i < n -> states_of a (F i) (g i)
  | SGather m s => exists G, seval a m s G /\ Permutation (F 0) (gat m G)
  | SAppend s t => exists G H, seval a n s G /\ seval a n t H /\ forall i, i < n -> Permutation (F i) (G i ++ H i) end.

(* ---- bag lemmas ---- *)
Lemma gat_perm {A} n (f g : nat -> list A) : (forall i, i < n -> Permutation (f i) (g i)) -> Permutation (gat n f) (gat n g).
Proof. induction n; simpl; intros H; auto. apply Permutation_app; auto. Qed.
Lemma gat_hom {A B} n (F : list A -> list B) (g : nat -> list A) :
  F [] = [] -> (forall x y, F (x ++ y) = F x ++ F y) -> gat n (fun i => F (g i)) = F (gat n g).
Proof. intros N P. induction n; simpl; auto. now rewrite P, IHn. Qed.
Lemma gat_app {A} n (f g : nat -> list A) : Permutation (gat n (fun i => f i ++ g i)) (gat n f ++ gat n g).
Proof.
  induction n; simpl; auto. rewrite IHn. rewrite <- !app_assoc. apply Permutation_app_head.
  rewrite !app_assoc. apply Permutation_app_tail, Permutation_app_comm.
Qed.
Lemma gat_elect {A} n (f : nat -> list A) w : w < n -> (forall i, i < n -> i <> w -> f i = []) -> gat n f = f w.
Proof.
  induction n; simpl; intros L H; [lia|].
  destruct (Nat.eq_dec w n) as [->|N].
  - assert (E : gat n f = []). { clear -H. assert (forall i, i < n -> f i = []) by (intros; apply H; lia).
      clear H. induction n; simpl; auto. rewrite IHn, H0 by (auto; lia). reflexivity. }
    now rewrite E.
  - rewrite (H n), app_nil_r by lia. apply IHn; [lia|]. intros; apply H; lia.
Qed.
Lemma filter_perm {A} (b : A -> bool) l l' : Permutation l l' -> Permutation (filter b l) (filter b l').
Proof.
  induction 1; simpl; auto. destruct (b x); auto.
  destruct (b x), (b y); auto using perm_swap. etransitivity; eauto.
Qed.
Lemma omap_perm {A B} (h : A -> option B) l l' : Permutation l l' -> Permutation (omap h l) (omap h l').
Proof. induction 1; simpl; auto. destruct (h x); auto. destruct (h x), (h y); auto using perm_swap. etransitivity; eauto. Qed.
Lemma omap_app {A B} (h : A -> option B) x y : omap h (x ++ y) = omap h x ++ omap h y.
Proof. induction x; simpl; auto. destruct (h a); simpl; now rewrite IHx. Qed.
Lemma jrow_perm k m pad i i' o : Permutation i i' -> Permutation (jrow k m pad i o) (jrow k m pad i' o).
Proof.
  intros P. apply (omap_perm (m o)) in P. unfold jrow.
  destruct (omap (m o) i) as [|x0 l0], (omap (m o) i') as [|y0 l0']; destruct k; auto;
    try (apply Permutation_nil in P; discriminate);
    try (apply Permutation_sym, Permutation_nil in P; discriminate).
Qed.
Lemma flat_map_pw {A B} (f g : A -> list B) l : (forall x, Permutation (f x) (g x)) -> Permutation (flat_map f l) (flat_map g l).
Proof. intros H. induction l; simpl; auto. apply Permutation_app; auto. Qed.
Lemma flat_map_perm {A B} (f : A -> list B) l l' : Permutation l l' -> Permutation (flat_map f l) (flat_map f l').
Proof.
  induction 1; simpl; auto. now apply Permutation_app_head.
  rewrite !app_assoc. apply Permutation_app_tail, Permutation_app_comm. etransitivity; eauto.
Qed.
Lemma join_perm k m pad o o' i i' : Permutation o o' -> Permutation i i' -> Permutation (join k m pad o i) (join k m pad o' i').
Proof. intros P Q. unfold join. rewrite (flat_map_perm _ _ _ P). apply flat_map_pw. intros; now apply jrow_perm. Qed.
Lemma join_inner_app m pad o x y : Permutation (join Inner m pad o (x ++ y)) (join Inner m pad o x ++ join Inner m pad o y).
Proof.
  unfold join, jrow. induction o as [|r o IH]; simpl; auto. rewrite omap_app, IH, <- !app_assoc.
  apply Permutation_app_head. rewrite !app_assoc. apply Permutation_app_tail, Permutation_app_comm.
Qed.
Lemma groupagg_perm g l l' : Permutation l l' -> Permutation (groupagg g l) (groupagg g l').
Proof.
  intros P. unfold groupagg.
  assert (Q : Permutation (nodup Keq (map (g_key g) l)) (nodup Keq (map (g_key g) l'))).
  { apply NoDup_Permutation; try apply NoDup_nodup. intros x. rewrite !nodup_In.
    split; apply Permutation_in; [|apply Permutation_sym]; now apply Permutation_map. }
  rewrite (Permutation_map _ Q). erewrite map_ext; [reflexivity|]. intros k. simpl. f_equal.
  unfold serial. apply fin_proper. apply (partial_perm (g_agg g) (g_ok g)); [now apply filter_perm|apply reach_init].
Qed.
(* ---- states ---- *)
Lemma states_nil g : states_of g [] []. Proof. exists []. repeat split; auto. Qed.
Lemma states_perm g s s' r r' : Permutation s s' -> Permutation r r' -> states_of g s r -> states_of g s' r'.
Proof. intros P Q (c & A & B & C). exists c. split; [|split; [|exact C]].
  - transitivity s; [now symmetry|exact A].
  - transitivity r; [exact B|exact Q]. Qed.
Lemma states_app g s s' r r' : states_of g s r -> states_of g s' r' -> states_of g (s ++ s') (r ++ r').
Proof.
  intros (c & A & B & C) (c' & A' & B' & C'). exists (c ++ c'). rewrite !map_app, concat_app.
  repeat split; auto using Permutation_app. now apply Forall_app.
Qed.
Lemma states_gat g n F h : (forall i, i < n -> states_of g (F i) (h i)) -> states_of g (gat n F) (gat n h).
Proof. induction n; simpl; intros H; auto using states_nil. apply states_app; auto. Qed.
Lemma filter_chunks g k chunks :
  Forall (fun c : K * list V => snd c <> [] /\ Forall (fun v => g_key g v = fst c) (snd c)) chunks ->
  filter (keyis g k) (concat (map snd chunks)) =
  concat (map snd (filter (fun c => if Keq (fst c) k then true else false) chunks)).
Proof.
  induction 1 as [|[k0 xs] cs [_ H] _ IH]; simpl in *; auto. rewrite filter_app, IH. clear IH.
  destruct (Keq k0 k) as [->|N]; simpl.
  - f_equal. induction H as [|v vs E _ IHv]; simpl; auto. unfold keyis at 1. rewrite E.
    destruct (Keq k k); [now rewrite IHv|congruence].
  - replace (filter (keyis g k) xs) with (@nil V); auto.
    induction H as [|v vs E _ IHv]; simpl; auto. unfold keyis at 1. rewrite E.
    destruct (Keq k0 k); [congruence|auto].
Qed.
Theorem final_ok g sts rows : states_of g sts rows -> Permutation (finalagg g sts) (groupagg g rows).
Proof.
  intros (chunks & A & B & C).
  apply Permutation_map_inv in A. destruct A as (cs & -> & P).
  assert (C' : Forall (fun c => snd c <> [] /\ Forall (fun v => g_key g v = fst c) (snd c)) cs) by (eapply Permutation_Forall; eauto).
  assert (B' : Permutation (concat (map snd cs)) rows).
  { rewrite <- B, <- !flat_map_concat_map. now apply flat_map_perm, Permutation_sym. }
  rewrite <- (groupagg_perm g _ _ B'). clear dependent chunks. clear B' rows.
  unfold finalagg, groupagg.
  assert (Q : Permutation (nodup Keq (map fst (map (mkst g) cs))) (nodup Keq (map (g_key g) (concat (map snd cs))))).
  { apply NoDup_Permutation; try apply NoDup_nodup. intros x. rewrite !nodup_In, map_map. simpl.
    rewrite !in_map_iff. rewrite Forall_forall in C'. split.
    - intros ([k xs] & E & I). simpl in *. subst. destruct (C' _ I) as [N F]. destruct xs as [|v xs]; [easy|]. simpl in *.
      exists v. inversion F; subst. split; auto. apply in_concat. exists (v :: xs). split; [|now left].
      apply in_map_iff. eexists (_, v :: xs). split; [reflexivity|exact I].
    - intros (v & E & I). apply in_concat in I. destruct I as (xs & I & J). apply in_map_iff in I.
      destruct I as ([k ys] & E' & I). simpl in *. subst. exists (k, xs). split; auto. simpl.
      destruct (C' _ I) as [_ F]. rewrite Forall_forall in F. symmetry. now apply F. }
  rewrite (Permutation_map _ Q). erewrite map_ext; [reflexivity|]. intros k. simpl. f_equal.
  assert (E : map snd (filter (fstis g k) (map (mkst g) cs)) =
              map (partial (g_agg g)) (map snd (filter (fun c => if Keq (fst c) k then true else false) cs))).
  { clear. induction cs as [|c cs IH]; simpl; auto. unfold fstis at 1. simpl. destruct (Keq (fst c) k); simpl; now rewrite IH. }
  rewrite E. apply (gather_correct (g_agg g) (g_ok g)). now rewrite filter_chunks.
Qed.

(* ---- soundness ---- *)
Definition sat n d p f := match d with
  | Single => n = 1 /\ Permutation (f 0) (serialp p)
  | Partial => Permutation (gat n f) (serialp p)
  | Replicated => forall i, i < n -> Permutation (f i) (serialp p) end.
Definition ssat a n d s (F : nat -> list (stt a)) := match d with
  | Single => n = 1 /\ states_of a (F 0) (serials s)
  | Partial => states_of a (gat n F) (serials s)
  | Replicated => forall i, i < n -> states_of a (F i) (serials s) end.
Lemma sat_share n p f : Permutation (gat n f) (serialp p) -> sat n (share n) p f.
Proof. unfold share. destruct (Nat.eqb_spec n 1) as [->|]; simpl; auto. Qed.
Lemma sat_whole n p f : (forall i, i < n -> Permutation (f i) (serialp p)) -> sat n (whole n) p f.
Proof. unfold whole. destruct (Nat.eqb_spec n 1) as [->|]; simpl; auto. Qed.
Lemma same_eq d e r : same d e = Some r -> d = e /\ e = r.
Proof. destruct d, e; simpl; intros [=]; subst; auto. Qed.
(* what Single and Replicated have in common: a participant has it all *)
Lemma sat_each n d p f : d <> Partial -> sat n d p f -> forall i, i < n -> Permutation (f i) (serialp p).
Proof. destruct d; simpl; intros N H i L; try congruence; [|auto]. destruct H as [-> H]. now replace i with 0 by lia. Qed.
Lemma ssat_each a n d s F : d <> Partial -> ssat a n d s F -> forall i, i < n -> states_of a (F i) (serials s).
Proof. destruct d; simpl; intros N H i L; try congruence; [|auto]. destruct H as [-> H]. now replace i with 0 by lia. Qed.
Theorem soundness :
  (forall p n d f, 0 < n -> check n (erase p) = Some d -> eval n p f -> sat n d p f) /\
  (forall s a n d F, 0 < n -> scheck n (serase s) = Some d -> seval a n s F -> ssat a n d s F).
Proof.
  apply plan_both; simpl.
  - (* Scan *) intros t n d f N [= <-] E. now apply sat_whole.
  - (* ParScan *) intros t n d f N [= <-] E. now apply sat_share.
  - (* Filter *) intros b p IH n d f N C (g & E & H). specialize (IH n d g N C E). destruct d; simpl in *.
    + destruct IH as [-> IH]. split; auto. rewrite H by lia. now apply filter_perm.
    + rewrite (gat_perm _ _ _ H), (gat_hom n (filter b)); auto using filter_app. now apply filter_perm.
    + intros i L. rewrite (H i L). now apply filter_perm, IH.
  - (* Project *) intros h p IH n d f N C (g & E & H). specialize (IH n d g N C E). destruct d; simpl in *.
    + destruct IH as [-> IH]. split; auto. rewrite H by lia. now apply Permutation_map.
    + rewrite (gat_perm _ _ _ H), (gat_hom n (map h)); auto using map_app. now apply Permutation_map.
    + intros i L. rewrite (H i L). now apply Permutation_map, IH.
  - (* Join *) intros k jm pad o IHo i IHi n d f N C (g & h & Eo & Ei & H).
    destruct (check n (erase o)) as [do|] eqn:Co; [|discriminate].
    destruct (check n (erase i)) as [di|] eqn:Ci; [|destruct do; discriminate].
    specialize (IHo n do g N Co Eo). specialize (IHi n di h N Ci Ei).
    destruct (match di with Partial => true | _ => false end) eqn:Pi.
    + destruct di; try discriminate. destruct do; try discriminate. destruct k; try discriminate.
      injection C as <-. simpl in *. rewrite (gat_perm _ _ _ H).
      transitivity (gat n (fun j => join Inner jm pad (serialp o) (h j))).
      { apply gat_perm. intros j L. apply join_perm; auto. }
      rewrite <- (join_perm Inner jm pad _ _ _ _ (Permutation_refl (serialp o)) IHi).
      clear. induction n; simpl.
      { clear. unfold join. induction (serialp o); simpl; auto. }
      rewrite IHn. symmetry. apply join_inner_app.
    + assert (Hi := sat_each n di i h ltac:(intros ->; discriminate) IHi).
      assert (d = do) as -> by (destruct di, do; congruence). clear C Pi IHi.
      destruct do; simpl in *.
      * destruct IHo as [-> IHo]. split; auto. rewrite H by lia. apply join_perm; auto.
      * rewrite (gat_perm _ _ (fun j => join k jm pad (g j) (serialp i))).
        2:{ intros j L. rewrite (H j L). apply join_perm; auto. }
        unfold join. rewrite (gat_hom n (flat_map (jrow k jm pad (serialp i)))); auto using flat_map_app.
        now apply flat_map_perm.
      * intros j L. rewrite (H j L). apply join_perm; auto.
  - (* Shared *) intros p IH n d f N C (g & E & H). destruct (check n (erase p)) as [[]|] eqn:Cp; try discriminate;
      injection C as <-; specialize (IH n _ g N Cp E); simpl in *.
    + destruct IH as [-> IH]. split; auto. rewrite H by lia. exact IH.
    + intros i L. rewrite (H i L). exact IH.
  - (* Elect *) intros p IH n d f N C (g & w & E & L & P & Z).
    destruct (check n (erase p)) as [[]|] eqn:Cp; try discriminate; injection C as <-;
      specialize (IH n _ g N Cp E); simpl in *.
    + destruct IH as [-> IH]. split; auto. now replace w with 0 in P by lia; rewrite P.
    + rewrite (gat_elect n f w L Z), P. now apply IH.
  - (* Append *) intros p IHp q IHq n d f N C (g & h & Ep & Eq & H).
    destruct (check n (erase p)) as [dp|] eqn:Cp; [|discriminate].
    destruct (check n (erase q)) as [dq|] eqn:Cq; [|destruct dp; discriminate].
    specialize (IHp n dp g N Cp Ep). specialize (IHq n dq h N Cq Eq).
    apply same_eq in C as [-> ->]. destruct d; simpl in *.
    + destruct IHp as [-> IHp], IHq as [_ IHq]. split; auto. rewrite H by lia. now apply Permutation_app.
    + rewrite (gat_perm _ _ _ H), gat_app. now apply Permutation_app.
    + intros i L. rewrite (H i L). apply Permutation_app; auto.
  - (* Gather *) intros k p IH n d f N C (g & E & H).
    destruct (Nat.eqb_spec n 1) as [->|]; [|discriminate]. simpl in C.
    destruct (Nat.ltb_spec 0 k) as [K0|]; [|discriminate].
    destruct (check k (erase p)) as [[]|] eqn:Cp; try discriminate; injection C as <-;
      specialize (IH k _ g K0 Cp E); simpl in *; split; auto; rewrite H; auto.
    destruct IH as [-> IH]. exact IH.
  - (* GAgg *) intros a p IH n d f N C (g & E & H).
    destruct (check n (erase p)) as [dp|] eqn:Cp; [|discriminate].
    assert (dp = d /\ d <> Partial) as [-> Nd] by (destruct dp; try discriminate; injection C as <-; easy).
    assert (Hp := sat_each n d p g Nd (IH n d g N Cp E)).
    assert (G : forall i, i < n -> Permutation (f i) (groupagg a (serialp p))).
    { intros i L. destruct (H i L) as (rows & P & Q). rewrite Q. apply groupagg_perm. rewrite P. auto. }
    specialize (IH n d g N Cp E). destruct d; simpl in *; auto; [|easy]. destruct IH as [-> _]. auto.
  - (* Final *) intros a s IH n d f N C (F & E & H).
    destruct (scheck n (serase s)) as [ds|] eqn:Cs; [|discriminate].
    assert (ds = d /\ d <> Partial) as [-> Nd] by (destruct ds; try discriminate; injection C as <-; easy).
    specialize (IH a n d F N Cs E). assert (Hs := ssat_each a n d s F Nd IH).
    assert (G : forall i, i < n -> Permutation (f i) (groupagg a (serials s))).
    { intros i L. rewrite (H i L). apply final_ok. auto. }
    destruct d; simpl in *; auto; [|easy]. destruct IH as [-> _]. auto.
  - (* SPartial *) intros p IH a n d F N C (g & E & H). specialize (IH n d g N C E). destruct d; simpl in *.
    + destruct IH as [-> IH]. split; auto. eapply states_perm; [reflexivity|exact IH|auto].
    + eapply states_perm; [reflexivity|exact IH|]. now apply states_gat.
    + intros i L. eapply states_perm; [reflexivity|exact (IH i L)|auto].
  - (* SGather *) intros k s IH a n d F N C (G & E & H).
    destruct (Nat.eqb_spec n 1) as [->|]; [|discriminate]. simpl in C.
    destruct (Nat.ltb_spec 0 k) as [K0|]; [|discriminate].
    destruct (scheck k (serase s)) as [[]|] eqn:Cp; try discriminate; injection C as <-;
      specialize (IH a k _ G K0 Cp E); simpl in *; split; auto;
      (eapply states_perm; [apply Permutation_sym, H|reflexivity|]); auto.
    destruct IH as [-> IH]. exact IH.
  - (* SAppend *) intros s IHs t IHt a n d F N C (G & H & Es & Et & P).
    destruct (scheck n (serase s)) as [ds|] eqn:Cs; [|discriminate].
    destruct (scheck n (serase t)) as [dt|] eqn:Ct; [|destruct ds; discriminate].
    specialize (IHs a n ds G N Cs Es). specialize (IHt a n dt H N Ct Et).
    apply same_eq in C as [-> ->]. destruct d; simpl in *.
    + destruct IHs as [-> IHs], IHt as [_ IHt]. split; auto.
      eapply states_perm; [symmetry; apply P; lia|reflexivity|]. now apply states_app.
    + eapply states_perm; [symmetry; etransitivity; [apply gat_perm, P|apply gat_app]|reflexivity|]. now apply states_app.
    + intros i L. eapply states_perm; [symmetry; apply (P i L)|reflexivity|]. apply states_app; auto.
Qed.
(* what a user relies on: a plan accepted above every Gather returns the serial bag *)
Corollary top_sound p f : check 1 (erase p) = Some Single -> eval 1 p f -> Permutation (f 0) (serialp p).
Proof. intros C E. apply (proj1 soundness p 1 Single f ltac:(lia) C E). Qed.
End Sem.

(* ---- rejected shapes really are wrong: counterexample plans ---- *)
Section Counter.
Let db (t : nat) := match t with 0 => [true] | _ => [true; false] end.
Let eqj (a b : bool) := if Bool.eqb a b then Some a else None.
Let P := @plan bool bool.
(* left join with a replicated outer and a partial inner pads rows that match elsewhere *)
Definition badLeft : P := Gather _ _ 2 (Join _ _ LeftOuter eqj (fun x => x) (Scan _ _ 1) (ParScan _ _ 0)).
Lemma badLeft_rejected : check 1 (erase _ _ badLeft) = None. Proof. reflexivity. Qed.
Lemma badLeft_wrong : exists f, eval bool bool Bool.bool_dec db 1 badLeft f /\
   length (f 0) <> length (serialp bool bool Bool.bool_dec db badLeft).
Proof.
  exists (fun _ => [true; false; true; false]). split; [|simpl; discriminate].
  exists (fun _ => [true; false]). split; [|simpl; auto].
  exists (fun _ => [true; false]), (fun i => match i with 0 => [true] | _ => [] end). repeat split; simpl; auto.
  intros [|[|j]] L; simpl; auto.
Qed.
(* joining two independent parallel scans loses pairs that meet in different processes *)
Definition badBoth : P := Gather _ _ 2 (Join _ _ Inner eqj (fun x => x) (ParScan _ _ 0) (ParScan _ _ 0)).
Lemma badBoth_rejected : check 1 (erase _ _ badBoth) = None. Proof. reflexivity. Qed.
Lemma badBoth_wrong : exists f, eval bool bool Bool.bool_dec db 1 badBoth f /\
   length (f 0) <> length (serialp bool bool Bool.bool_dec db badBoth).
Proof.
  exists (fun _ => []). split; [|simpl; discriminate].
  exists (fun _ => []). split; [|simpl; auto].
  exists (fun i => match i with 0 => [true] | _ => [] end), (fun i => match i with 1 => [true] | _ => [] end).
  repeat split; simpl; auto. intros [|[|j]] L; simpl; auto.
Qed.
(* gathering a replicated child duplicates every row *)
Definition badGather : P := Gather _ _ 2 (Scan _ _ 0).
Lemma badGather_rejected : check 1 (erase _ _ badGather) = None. Proof. reflexivity. Qed.
Lemma badGather_wrong : exists f, eval bool bool Bool.bool_dec db 1 badGather f /\
   length (f 0) <> length (serialp bool bool Bool.bool_dec db badGather).
Proof.
  exists (fun _ => [true; true]). split; [|simpl; discriminate].
  exists (fun _ => [true]). split; simpl; auto.
Qed.
End Counter.
Print Assumptions top_sound.
