(* What soundness rests on: accepted plans do run, most have one serial bag, and the number of participants changes nothing.

   [runs_exist]: a theorem about every run would be empty without one. [one_bag]: if the skeleton says that a plan is
   determined, its serial answers are one bag, so that [top_sound] becomes "returns the serial bag". [launched_sound]: a Gather
   gets as many participants as come; a plan accepted for some number is accepted, and means the same, for any other. *)
Require Import List Permutation Sorted Arith Lia Bool.
Require Import Bothways.Merge Bothways.PlanTypes Bothways.PlanBags Bothways.PlanOrder Bothways.PlanJoin Bothways.PlanGroup Bothways.PlanLang.
Require Import Bothways.PlanSound.
Import ListNotations.

Section Meaning.
Context {W : world}.
Notation V := (row W).
Implicit Types (p : plan W) (s : splan W).

Ltac ask := repeat match goal with
  | H : match ?x with Some _ => _ | None => None end = Some _ |- _ => destruct x eqn:?; [|discriminate]
  | H : (if ?b then _ else None) = Some _ |- _ => destruct b eqn:?; [|discriminate]
  | H : Some _ = Some _ |- _ => injection H as H; try subst
  end.

(* ---- accepted plans run ---- *)
(*@ plan.sound *)
Theorem runs_exist :
  (forall p n r, 0 < n -> check n (erase p) = Some r -> exists f, eval n p f) /\
  (forall s g n r, 0 < n -> scheck n (serase s) = Some r -> exists F, seval g n s F).
Proof.
  apply plan_both; simpl.
  - intros t n r N _. exists (fun _ => table W t). auto.
  - intros t n r N _. exists (fun i => if i =? 0 then table W t else []). simpl.
    rewrite (gat_elect n _ 0 N); auto. intros i _ I. apply Nat.eqb_neq in I. now rewrite I.
  - intros b p IH n r N C. ask. destruct (IH n r0 N Heqo) as [g E]. exists (fun i => filter b (g i)), g. auto.
  - intros h p IH n r N C. ask. destruct (IH n r0 N Heqo) as [g E]. exists (fun i => map h (g i)), g. auto.
  - intros p IH n r N C. exact (IH n r N C).
  - intros k b p IH n r N C. ask. destruct (IH n r0 N Heqo) as [g E].
    exists (fun i => take b (isort (sort_by W k) (g i))), g, (fun i => isort (sort_by W k) (g i)).
    auto using isort_perm, isort_sorted.
  - intros m b p IH n r N C. ask. destruct (IH n r0 N Heqo) as [g E]. exists (fun i => cut m b (g i)), g. auto.
  - intros p IH n r N C. ask. destruct (IH n r0 N Heqo) as [g E]. exists (fun i => nodup (row_eq W) (g i)), g. auto.
  - intros k c o IHo i IHi n r N C. ask. destruct (IHo n r0 N Heqo0) as [g E], (IHi n r1 N Heqo1) as [h F].
    exists (fun j => join k c (g j) (h j)), g, h. auto.
  - intros k c o IHo i IHi n r N C. ask. destruct (IHo n r0 N Heqo0) as [g E], (IHi n r1 N Heqo1) as [h F].
    eexists (fun j => _), g, h, 0. repeat split; auto.
  - intros p IH n r N C. ask. destruct (IH n r0 N Heqo) as [g E]. exists (fun _ => gat n g), g. auto.
  - intros p IH n r N C. ask. destruct (IH n r0 N Heqo) as [g E]. exists (fun i => if i =? 0 then g 0 else []), g, 0.
    repeat split; auto. intros i _ I. apply Nat.eqb_neq in I. now rewrite I.
  - intros p IHp q IHq n r N C. ask. destruct (IHp n r0 N Heqo) as [g E], (IHq n r1 N Heqo0) as [h F].
    exists (fun i => g i ++ h i), g, h. auto.
  - intros m p IH n r N C. ask. apply andb_true_iff in Heqb as [_ M]. apply Nat.ltb_lt in M.
    destruct (IH m r0 M Heqo) as [g E]. exists (fun _ => gat m g), g. auto.
  - intros m k p IH n r N C. ask. apply andb_true_iff in Heqb as [_ M]. apply Nat.ltb_lt in M.
    destruct (IH m r0 M Heqo) as [g E].
    destruct (merge_exists (leb (sort_by W k)) (leb_total _) (leb_trans _) (map g (seq 0 m))) as [l L].
    exists (fun _ => l), g. auto.
  - intros a p IH n r N C. ask. destruct (IH n r0 N Heqo) as [g E]. exists (fun i => groups (gkey_eq W) a (g i)), g. auto.
  - intros a s IH n r N C. ask. destruct (IH a n s0 N Heqo) as [F E].
    exists (fun i => finalize (gkey_eq W) a (F i)), F. auto.
  - intros p IH a n r N C. ask. destruct (IH n r0 N Heqo) as [g E].
    exists (fun i => each_row a (g i)), g. auto using each_row_states.
  - intros m s IH a n r N C. ask. apply andb_true_iff in Heqb as [_ M]. apply Nat.ltb_lt in M.
    destruct (IH a m s0 M Heqo) as [G E]. exists (fun _ => gat m G), G. auto.
  - intros s IHs t IHt a n r N C. ask. destruct (IHs a n s0 N Heqo) as [G E], (IHt a n s1 N Heqo0) as [H F].
    exists (fun i => G i ++ H i), G, H. auto.
  - intros s IH a n r N C. ask. destruct (IH a n s0 N Heqo) as [G E].
    eexists (fun i => _), G, (fun _ => 0). repeat split; auto.
Qed.

(* ---- determined plans have one bag ---- *)
Lemma answers_agree :
  (forall p l l', means p l -> means p l' ->
    (determined (erase p) = true -> Permutation l l') /\ (fixed (erase p) = true -> l = l')) /\
  (forall s l l', smeans s l -> smeans s l' -> sdetermined (serase s) = true -> Permutation l l').
Proof.
  apply plan_both; simpl.
  - intros t l l' M M'. split; [|easy]. intros _. now rewrite M, M'.
  - intros t l l' M M'. split; [|easy]. intros _. now rewrite M, M'.
  - intros b p IH l l' (x & M & ->) (y & M' & ->). destruct (IH x y M M') as [A B]. split; intros D.
    + apply filter_perm. auto.
    + f_equal. auto.
  - intros h p IH l l' (x & M & ->) (y & M' & ->). destruct (IH x y M M') as [A B]. split; intros D.
    + apply Permutation_map. auto.
    + f_equal. auto.
  - auto.
  - intros k b p IH l l' (x & u & M & P & Q & ->) (y & v & M' & P' & Q' & ->). destruct (IH x y M M') as [A _].
    assert (F : apart (sort_by W k) && determined (erase p) = true -> u = v).
    { intros D. apply andb_true_iff in D as [T D]. apply (sorted_unique (sort_by W k)); auto. rewrite P, P'. auto. }
    split; intros D; [|now rewrite F]. destruct b; [now rewrite F|]. simpl. rewrite P, P'. auto.
  - intros m b p IH l l' (x & M & ->) (y & M' & ->). destruct (IH x y M M') as [_ B].
    split; intros D; now rewrite B.
  - intros p IH l l' (x & M & P) (y & M' & P'). destruct (IH x y M M') as [A _]. split; [|easy]. intros D.
    rewrite P, P'. apply nodup_perm, same_members. auto.
  - intros k c o IHo i IHi l l' (x & u & Mo & Mi & P) (y & v & Mo' & Mi' & P'). split; [|easy]. intros D.
    apply andb_true_iff in D as [D E]. rewrite P, P'. apply join_perm; [now apply (IHo x y)|now apply (IHi u v)].
  - intros k c o IHo i IHi l l' (x & u & Mo & Mi & P) (y & v & Mo' & Mi' & P'). split; [|easy]. intros D.
    apply andb_true_iff in D as [D E]. rewrite P, P'. apply join_perm; [now apply (IHo x y)|now apply (IHi u v)].
  - intros p IH l l' (x & M & P) (y & M' & P'). split; [|easy]. intros D. rewrite P, P'. now apply (IH x y).
  - intros p IH l l' (x & M & P) (y & M' & P'). split; [|easy]. intros D. rewrite P, P'. now apply (IH x y).
  - intros p IHp q IHq l l' (x & u & Mp & Mq & P) (y & v & Mp' & Mq' & P'). split; [|easy]. intros D.
    apply andb_true_iff in D as [D E]. rewrite P, P'. apply Permutation_app; [now apply (IHp x y)|now apply (IHq u v)].
  - intros m p IH l l' (x & M & P) (y & M' & P'). split; [|easy]. intros D. rewrite P, P'. now apply (IH x y).
  - intros m k p IH l l' (x & M & P & Q) (y & M' & P' & Q'). destruct (IH x y M M') as [A _]. split; intros D.
    + rewrite P, P'. auto.
    + apply andb_true_iff in D as [T D]. apply (sorted_unique (sort_by W k)); auto. rewrite P, P'. auto.
  - intros a p IH l l' (x & M & P) (y & M' & P'). split; [|easy]. intros D. rewrite P, P'.
    apply groups_perm. now apply (IH x y).
  - intros a s IH l l' (x & M & P) (y & M' & P'). split; [|easy]. intros D. rewrite P, P'.
    apply groups_perm. now apply (IH x y).
  - intros p IH l l' M M' D. now apply (IH l l').
  - auto.
  - intros s IHs t IHt l l' (x & u & Ms & Mt & ->) (y & v & Ms' & Mt' & ->) D. apply andb_true_iff in D as [D E].
    apply Permutation_app; auto.
  - auto.
Qed.
(*@ plan.replicated.determined *)
Theorem one_bag p l l' : determined (erase p) = true -> means p l -> means p l' -> Permutation l l'.
Proof. intros D M M'. now apply (proj1 answers_agree p l l' M M'). Qed.
(*@ plan.replicated.determined *)
Theorem one_list p l l' : fixed (erase p) = true -> means p l -> means p l' -> l = l'.
Proof. intros D M M'. now apply (proj1 answers_agree p l l' M M'). Qed.
(* An accepted plan without open cuts returns the serial bag in every run. *)
(*@ plan.sound *)
Corollary top_bag p f l : accepts (erase p) = true -> determined (erase p) = true -> means p l -> eval 1 p f ->
  Permutation (f 0) l.
Proof. intros A D M E. apply (one_bag p); auto. now apply top_sound. Qed.

(* ---- shapes that matter ---- *)
(* Without GROUP BY there is exactly one row, whoever had rows, and whether there were any. *)
(*@ rel.aggregate *)
Theorem plain_final_one_row g s f : g_key g = None -> accepts (erase (Final g s)) = true -> eval 1 (Final g s) f ->
  length (f 0) = 1.
Proof.
  intros G A E. destruct (top_sound _ f A E) as (l & _ & P). rewrite (Permutation_length P). now apply plain_one_row.
Qed.
(*@ rel.aggregate *)
Theorem plain_agg_one_row g p f : g_key g = None -> accepts (erase (GroupAgg g p)) = true -> eval 1 (GroupAgg g p) f ->
  length (f 0) = 1.
Proof.
  intros G A E. destruct (top_sound _ f A E) as (l & _ & P). rewrite (Permutation_length P). now apply plain_one_row.
Qed.
(* Top-N: each participant keeps the first n rows of its share, a Gather Merge and a limit within n find the first of all. *)
(*@ plan.sort.bound, plan.gather-merge *)
Theorem top_n m k n offset limit p f o : 1 < m -> check m (erase p) = Some (Rel Partial o Complete) -> offset + limit <= n ->
  eval 1 (Limit offset (Some limit) (GatherMerge m k (Sort k (Some n) p))) f ->
  exists l r, means p l /\ Permutation r l /\ sorted (sort_by W k) r /\ f 0 = firstn limit (skipn offset r).
Proof.
  intros M C L E.
  assert (A : accepts (erase (Limit offset (Some limit) (GatherMerge m k (Sort k (Some n) p)))) = true).
  { unfold accepts. cbn [erase check]. rewrite C. replace (0 <? m) with true by (symmetry; apply Nat.ltb_lt; lia). simpl.
    unfold key_eqb. simpl. rewrite Nat.eqb_refl, eqb_reflx. simpl. apply Nat.leb_le in L. now rewrite L. }
  destruct (top_sound _ f A E) as (x & (y & (l & r & Ml & P & Q & ->) & Px & Qx) & ->).
  (* the merged first rows, with the others behind them, are a sort of all *)
  simpl in Px, Qx.
  exists l, (x ++ skipn n r). repeat split; auto.
  - rewrite Px, firstn_skipn. exact P.
  - apply sorted_app; auto; [now apply (sorted_split _ n)|]. intros a b I J.
    apply (sorted_split _ n r Q); auto. now apply (Permutation_in _ Px).
  - assert (H := Permutation_length Px). rewrite firstn_length in H. unfold cut, take.
    rewrite !firstn_skipn_comm. f_equal. rewrite firstn_app.
    destruct (Nat.le_gt_cases (offset + limit) (length x)) as [K|K].
    + now replace (offset + limit - length x) with 0 by lia; rewrite firstn_O, app_nil_r.
    + rewrite (skipn_all2 r) by lia. now rewrite firstn_nil, app_nil_r.
Qed.

(* ---- any number of participants ---- *)
(* The same plan with other numbers below its Gathers: h says how many workers come to the Gather at a place. *)
Fixpoint launch (h : list bool -> nat) (at_ : list bool) p : plan W :=
  let come m := if m =? 1 then 1 else S (h at_) in
  let l := launch h (true :: at_) in
  let r := launch h (false :: at_) in
  match p with
  | Scan t => Scan t | ParScan t => ParScan t | Filter b p => Filter b (l p) | Project g p => Project g (l p)
  | Material p => Material (l p) | Sort k b p => Sort k b (l p) | Limit m b p => Limit m b (l p) | Distinct p => Distinct (l p)
  | Join k c o i => Join k c (l o) (r i) | SharedJoin k c o i => SharedJoin k c (l o) (r i)
  | Shared p => Shared (l p) | Elect p => Elect (l p) | Append p q => Append (l p) (r q)
  | Gather m p => Gather (come m) (l p) | GatherMerge m k p => GatherMerge (come m) k (l p)
  | GroupAgg g p => GroupAgg g (l p) | Final g s => Final g (slaunch h (true :: at_) s) end
with slaunch h (at_ : list bool) s : splan W :=
  let come m := if m =? 1 then 1 else S (h at_) in
  match s with
  | SPartial p => SPartial (launch h (true :: at_) p)
  | SGather m s => SGather (come m) (slaunch h (true :: at_) s)
  | SAppend s t => SAppend (slaunch h (true :: at_) s) (slaunch h (false :: at_) t)
  | SExchange s => SExchange (slaunch h (true :: at_) s) end.

Lemma launch_means h : (forall p a l, means (launch h a p) l <-> means p l) /\
  (forall s a l, smeans (slaunch h a s) l <-> smeans s l).
Proof.
  apply plan_both; simpl; intros; try reflexivity; try apply H.
  all: try (split; intros (x & M & E); exists x; split; auto; now apply H in M || now apply H).
  all: try (split; intros (x & y & M & E); exists x, y; split; auto; now apply H in M || now apply H).
  all: split; intros (x & y & M & M' & E); exists x, y; repeat split; auto;
    try (now apply H in M || now apply H); now apply H0 in M' || now apply H0.
Qed.

(* Fewer participants never make a type worse: of one participant everything is Single, and Complete what it was not. *)
Definition no_worse n (q r : rel) := dist_of r = (if n =? 1 then Single else dist_of q) /\ order_of r = order_of q /\
  (stage_of r = stage_of q \/ stage_of r = Complete).
Definition sno_worse n (q r : srel) := sdist_of r = (if n =? 1 then Single else sdist_of q) /\ keyed r = keyed q.
Definition monotone rule := forall n q r q', rule q = Some q' -> no_worse n q r ->
  exists r', rule r = Some r' /\ no_worse n q' r'.
Ltac unfold_rules := unfold filter_rule, project_rule, distinct_rule, shared_rule, elect_rule, agg_rule, sort_rule, limit_rule,
  join_rule, shared_join_rule, append_rule, gather_rule, merge_rule, final_rule, partial_rule, sgather_rule, sappend_rule,
  exchange_rule, complete, rows in *.
Ltac found := eexists; split; [reflexivity|unfold no_worse, sno_worse; simpl; auto].
Ltac by_cases := intros n q r q' C (D & O & T); destruct q as [d o t], r as [d' o' t']; simpl in D, O, T; subst d' o';
  unfold_rules; unfold no_worse; simpl in *;
  destruct (n =? 1), d, o, t, T as [-> | ->]; simpl in *; try discriminate; ask; found.
Lemma filter_monotone : monotone filter_rule. Proof. by_cases. Qed.
Lemma project_monotone : monotone project_rule. Proof. by_cases. Qed.
Lemma distinct_monotone : monotone distinct_rule. Proof. by_cases. Qed.
Lemma shared_monotone : monotone shared_rule. Proof. by_cases. Qed.
Lemma elect_monotone : monotone elect_rule. Proof. by_cases. Qed.
Lemma agg_monotone : monotone agg_rule. Proof. by_cases. Qed.
Lemma sort_monotone k b : monotone (sort_rule k b). Proof. destruct b as [b|]; by_cases. Qed.
Lemma limit_monotone m b : monotone (limit_rule m b). Proof. destruct b as [b|]; by_cases. Qed.
Definition monotone2 rule := forall n q q2 r r2 q', rule q q2 = Some q' -> no_worse n q r -> no_worse n q2 r2 ->
  exists r', rule r r2 = Some r' /\ no_worse n q' r'.
Ltac by_cases2 := intros n q q2 r r2 q' C (D & O & T) (D2 & O2 & T2);
  destruct q as [d o t], q2 as [d2 o2 t2], r as [d' o' t'], r2 as [d2' o2' t2'];
  simpl in D, O, T, D2, O2, T2; subst d' o' d2' o2'; unfold_rules; unfold no_worse; simpl in *;
  destruct t, t2; try discriminate; destruct T as [-> | ->], T2 as [-> | ->]; simpl in *;
  destruct (n =? 1), d, d2; simpl in *; try discriminate; ask; try found.
Lemma join_monotone k : monotone2 (join_rule k). Proof. destruct k; by_cases2. Qed.
Lemma shared_join_monotone : monotone2 shared_join_rule. Proof. by_cases2. Qed.
Lemma append_monotone : monotone2 append_rule. Proof. by_cases2. Qed.
Lemma gather_monotone n q r q' : gather_rule q = Some q' -> no_worse n q r ->
  exists r', gather_rule r = Some r' /\ no_worse 1 q' r'.
Proof. revert n q r q'. by_cases. Qed.
Lemma merge_monotone k n q r q' : merge_rule k q = Some q' -> no_worse n q r ->
  exists r', merge_rule k r = Some r' /\ no_worse 1 q' r'.
Proof. revert n q r q'. by_cases. Qed.
Lemma final_monotone g n q r q' : final_rule g q = Some q' -> sno_worse n q r ->
  exists r', final_rule g r = Some r' /\ no_worse n q' r'.
Proof.
  intros C (D & K). destruct q as [d k], r as [d' k']. simpl in D, K. subst d' k'. unfold_rules. unfold no_worse.
  destruct (n =? 1), d, k, g; simpl in *; try discriminate; ask; found.
Qed.
Lemma partial_monotone n q r q' : partial_rule q = Some q' -> no_worse n q r ->
  exists r', partial_rule r = Some r' /\ sno_worse n q' r'.
Proof.
  intros C (D & O & T). destruct q as [d o t], r as [d' o' t']. simpl in D, O, T. subst d' o'. unfold_rules.
  unfold sno_worse. destruct t; try discriminate. destruct T as [-> | ->]; ask; found.
Qed.
Ltac scases q r := intros C (D & K); destruct q as [d k], r as [d' k']; simpl in D, K; subst d' k'; unfold_rules;
  unfold sno_worse in *.
Lemma sgather_monotone n q r q' : sgather_rule q = Some q' -> sno_worse n q r ->
  exists r', sgather_rule r = Some r' /\ sno_worse 1 q' r'.
Proof. scases q r. destruct (n =? 1), d; simpl in *; try discriminate; ask; found. Qed.
Lemma exchange_monotone n q r q' : exchange_rule q = Some q' -> sno_worse n q r ->
  exists r', exchange_rule r = Some r' /\ sno_worse n q' r'.
Proof. scases q r. destruct (n =? 1), d; simpl in *; try discriminate; ask; found. Qed.
Lemma sappend_monotone n q q2 r r2 q' : sappend_rule q q2 = Some q' -> sno_worse n q r -> sno_worse n q2 r2 ->
  exists r', sappend_rule r r2 = Some r' /\ sno_worse n q' r'.
Proof.
  intros C (D & K) (D2 & K2). destruct q as [d k], r as [d' k'], q2 as [d2 k2], r2 as [d2' k2']. simpl in D, K, D2, K2.
  subst d' k' d2' k2'. unfold_rules. unfold sno_worse.
  destruct (n =? 1), d, d2; simpl in *; try discriminate; ask; found.
Qed.

Lemma launch_check h :
  (forall p a n m q, check n (erase p) = Some q -> (n = 1 -> m = 1) -> 0 < m ->
    exists r, check m (erase (launch h a p)) = Some r /\ no_worse m q r) /\
  (forall s a n m q, scheck n (serase s) = Some q -> (n = 1 -> m = 1) -> 0 < m ->
    exists r, scheck m (serase (slaunch h a s)) = Some r /\ sno_worse m q r).
Proof.
  assert (One : forall n m, (n =? 1) && (0 <? m) = true -> n = 1 /\ 0 < m).
  { intros n m B. apply andb_true_iff in B as [A B]. now apply Nat.eqb_eq in A; apply Nat.ltb_lt in B. }
  assert (Come : forall a k, 0 < k -> (k = 1 -> (if k =? 1 then 1 else S (h a)) = 1) /\ 0 < (if k =? 1 then 1 else S (h a))).
  { intros a k K. destruct (Nat.eqb_spec k 1); split; auto; lia. }
  apply plan_both; cbn [check scheck erase serase launch slaunch];
    fold scheck check (@erase W) (@serase W) (@launch h) (@slaunch h).
  - intros t a n m q C Nm M. ask. exists (rows (whole m)). split; auto. unfold no_worse, whole. simpl.
    destruct (Nat.eqb_spec m 1), (Nat.eqb_spec n 1); auto. exfalso; auto.
  - intros t a n m q C Nm M. ask. exists (rows (share m)). split; auto. unfold no_worse, share. simpl.
    destruct (Nat.eqb_spec m 1), (Nat.eqb_spec n 1); auto. exfalso; auto.
  - intros b p IH a n m q C Nm M. ask. destruct (IH (true :: a) n m r Heqo Nm M) as (r' & -> & B).
    eapply filter_monotone; eauto.
  - intros g p IH a n m q C Nm M. ask. destruct (IH (true :: a) n m r Heqo Nm M) as (r' & -> & B).
    eapply project_monotone; eauto.
  - intros p IH a n m q C Nm M. eauto.
  - intros k b p IH a n m q C Nm M. ask. destruct (IH (true :: a) n m r Heqo Nm M) as (r' & -> & B).
    eapply sort_monotone; eauto.
  - intros o b p IH a n m q C Nm M. ask. destruct (IH (true :: a) n m r Heqo0 Nm M) as (r' & -> & B).
    eapply limit_monotone; eauto.
  - intros p IH a n m q C Nm M. ask. destruct (IH (true :: a) n m r Heqo Nm M) as (r' & -> & B).
    eapply distinct_monotone; eauto.
  - intros k c o IHo i IHi a n m q C Nm M. ask. destruct (IHo (true :: a) n m r Heqo0 Nm M) as (r' & -> & B).
    destruct (IHi (false :: a) n m r0 Heqo1 Nm M) as (r2 & -> & B2). eapply join_monotone; eauto.
  - intros k c o IHo i IHi a n m q C Nm M. ask. destruct (IHo (true :: a) n m r Heqo0 Nm M) as (r' & -> & B).
    destruct (IHi (false :: a) n m r0 Heqo1 Nm M) as (r2 & -> & B2). eapply shared_join_monotone; eauto.
  - intros p IH a n m q C Nm M. ask. destruct (IH (true :: a) n m r Heqo Nm M) as (r' & -> & B).
    eapply shared_monotone; eauto.
  - intros p IH a n m q C Nm M. ask. destruct (IH (true :: a) n m r Heqo Nm M) as (r' & -> & B).
    eapply elect_monotone; eauto.
  - intros p IHp p2 IHq a n m q C Nm M. ask. destruct (IHp (true :: a) n m r Heqo Nm M) as (r' & -> & B).
    destruct (IHq (false :: a) n m r0 Heqo0 Nm M) as (r2 & -> & B2). eapply append_monotone; eauto.
  - intros k p IH a n m q C Nm M. ask. apply One in Heqb as [-> K]. rewrite (Nm eq_refl). destruct (Come a k K) as [K1 K0].
    destruct (IH (true :: a) k _ r Heqo K1 K0) as (r' & -> & B). apply Nat.ltb_lt in K0. rewrite K0. simpl.
    eapply gather_monotone; eauto.
  - intros k o p IH a n m q C Nm M. ask. apply One in Heqb as [-> K]. rewrite (Nm eq_refl). destruct (Come a k K) as [K1 K0].
    destruct (IH (true :: a) k _ r Heqo0 K1 K0) as (r' & -> & B). apply Nat.ltb_lt in K0. rewrite K0. simpl.
    eapply merge_monotone; eauto.
  - intros g p IH a n m q C Nm M. ask. destruct (IH (true :: a) n m r Heqo Nm M) as (r' & -> & B).
    eapply agg_monotone; eauto.
  - intros g s IH a n m q C Nm M. ask. destruct (IH (true :: a) n m s0 Heqo Nm M) as (r' & -> & B).
    eapply final_monotone; eauto.
  - intros p IH a n m q C Nm M. ask. destruct (IH (true :: a) n m r Heqo Nm M) as (r' & -> & B).
    eapply partial_monotone; eauto.
  - intros k s IH a n m q C Nm M. ask. apply One in Heqb as [-> K]. rewrite (Nm eq_refl). destruct (Come a k K) as [K1 K0].
    destruct (IH (true :: a) k _ s0 Heqo K1 K0) as (r' & -> & B). apply Nat.ltb_lt in K0. rewrite K0. simpl.
    eapply sgather_monotone; eauto.
  - intros s IHs t IHt a n m q C Nm M. ask. destruct (IHs (true :: a) n m s0 Heqo Nm M) as (r' & -> & B).
    destruct (IHt (false :: a) n m s1 Heqo0 Nm M) as (r2 & -> & B2). eapply sappend_monotone; eauto.
  - intros s IH a n m q C Nm M. ask. destruct (IH (true :: a) n m s0 Heqo Nm M) as (r' & -> & B).
    eapply exchange_monotone; eauto.
Qed.
(*@ gather.launch *)
Theorem launched_accepted h p : accepts (erase p) = true -> accepts (erase (launch h [] p)) = true.
Proof.
  unfold accepts. destruct (check 1 (erase p)) as [q|] eqn:C; [|discriminate]. intros A.
  destruct (proj1 (launch_check h) p [] 1 1 q C ltac:(auto) ltac:(auto)) as (r & -> & D & _ & T).
  destruct q as [[] o []], r as [d o' t]; simpl in *; try discriminate. subst d. now destruct T as [-> | ->].
Qed.
(* However many participants come to each Gather, if it is one at least, the answer is a serial one. *)
(*@ gather.launch *)
Theorem launched_sound h p f : accepts (erase p) = true -> eval 1 (launch h [] p) f -> means p (f 0).
Proof. intros A E. apply (proj1 (launch_means h) p []). apply top_sound; auto. now apply launched_accepted. Qed.
End Meaning.
