(* Soundness of the types of plans: an accepted plan returns a serial answer in every run.

   [sat n r p f] says that the lists f, one per participant, are as the type r of p claims. [soundness] is an induction over
   plans and states: whatever [check] derives, every run satisfies. [top_sound] is what a user relies on. *)
Require Import List Permutation Sorted Arith Lia Bool.
Require Import Bothways.Merge Bothways.PlanTypes Bothways.PlanBags Bothways.PlanOrder Bothways.PlanJoin Bothways.PlanGroup Bothways.PlanLang.
Import ListNotations.

Section Sound.
Context {W : world}.
Notation V := (row W).
Implicit Types (p : plan W) (s : splan W) (d : dist) (r : rel) (l : list V) (f : nat -> list V).
Notation key_of := (@key_of W).

Definition ordered (o : option key) l := match o with
  | Some k => key_total k = apart (sort_by W (key_id k)) /\ sorted (sort_by W (key_id k)) l
  | None => True end.
(* how the participants' bags add up to the bag l *)
Definition bag n d f l := match d with
  | Partial => Permutation (gat n f) l
  | Single | Replicated => forall i, i < n -> Permutation (f i) l end.
(* the same of the list l: who is alone has it in its order *)
Definition spread n d f l := match d with Single => f 0 = l | _ => bag n d f l end.
Definition sat n r p f :=
  (dist_of r = Single -> n = 1) /\ (forall i, i < n -> ordered (order_of r) (f i)) /\
  match stage_of r with
  | Complete => exists l, means p l /\ ordered (order_of r) l /\ spread n (dist_of r) f l
  | Repeated => dist_of r <> Replicated /\ exists l, means p l /\ forall x, In x (gat n f) <-> In x l
  (* with some dropped rows the lists are a whole whose first m are an answer; before each dropped row stand m that were kept *)
  | Top m => dist_of r <> Replicated /\ exists k dropped, order_of r = Some k /\
      (forall x, In x dropped -> exists i, i < n /\ m <= length (f i) /\
        forall y, In y (firstn m (f i)) -> leb (sort_by W (key_id k)) y x = true) /\
      (forall l, sorted (sort_by W (key_id k)) l -> Permutation l (gat n f ++ dropped) -> means p (firstn m l))
  end.
Definition sbag {g : gagg V (gkey W)} n d (F : nat -> list (state g)) l := match d with
  | Partial => states_of g (gat n F) l
  | Single | Replicated => forall i, i < n -> states_of g (F i) l end.
Definition ssat (g : gagg V (gkey W)) n (r : srel) s (F : nat -> list (state g)) :=
  (sdist_of r = Single -> n = 1) /\ (keyed r = true -> at_home g n F) /\
  exists l, smeans s l /\ sbag n (sdist_of r) F l.

(* ---- how claims move ---- *)
Lemma whole_single n : whole n = Single -> n = 1.
Proof. unfold whole. now destruct (Nat.eqb_spec n 1). Qed.
Lemma share_single n : share n = Single -> n = 1.
Proof. unfold share. now destruct (Nat.eqb_spec n 1). Qed.
Lemma bag_whole n f l : (forall i, i < n -> Permutation (f i) l) -> bag n (whole n) f l.
Proof. unfold whole. now destruct (n =? 1). Qed.
Lemma bag_share n f l : Permutation (gat n f) l -> bag n (share n) f l.
Proof.
  unfold share. destruct (Nat.eqb_spec n 1) as [->|]; simpl; auto. intros P i L. now replace i with 0 by lia.
Qed.
Lemma bag_perm n d f l l' : Permutation l l' -> bag n d f l -> bag n d f l'.
Proof. intros P. destruct d; simpl; intros H; try (intros i L; rewrite (H i L); auto). now rewrite H. Qed.
Lemma bag_each n d f l : d <> Partial -> bag n d f l -> forall i, i < n -> Permutation (f i) l.
Proof. destruct d; simpl; auto; congruence. Qed.
(* what is done to each list alike, and distributes over union, is done to the whole *)
Lemma bag_map n d f g (F : list V -> list V) l :
  F [] = [] -> (forall x y, F (x ++ y) = F x ++ F y) -> (forall x y, Permutation x y -> Permutation (F x) (F y)) ->
  (forall i, i < n -> Permutation (f i) (F (g i))) -> bag n d g l -> bag n d f (F l).
Proof.
  intros N A P H B. destruct d; simpl in *; try (intros i L; rewrite (H i L); auto).
  rewrite (gat_perm _ _ _ H), (gat_hom n F) by auto. auto.
Qed.
Lemma spread_bag n d f l : (d = Single -> n = 1) -> spread n d f l -> bag n d f l.
Proof. destruct d; simpl; auto. intros N <- i L. rewrite (N eq_refl) in L. now replace i with 0 by lia. Qed.
Lemma sat_bag n r p f : sat n r p f -> complete r = true -> exists l, means p l /\ bag n (dist_of r) f l.
Proof.
  destruct r as [d o []]; try discriminate. intros (N & _ & l & M & _ & S) _. exists l. split; auto. now apply spread_bag.
Qed.
(* a node that promises no order *)
Lemma sat_rows n d p f l : 0 < n -> (d = Single -> n = 1) -> bag n d f l -> (forall l', Permutation l' l -> means p l') ->
  sat n (rows d) p f.
Proof.
  intros N S B M. split; [exact S|]. split; [simpl; auto|]. simpl.
  destruct d; [exists (f 0)|exists l|exists l]; simpl; repeat split; auto.
Qed.
Lemma sat_single n r p f : sat n r p f -> dist_of r = Single -> n = 1.
Proof. now intros [H _]. Qed.
Lemma key_eqb_eq k k' : key_eqb k k' = true -> k = k'.
Proof.
  destruct k as [i t], k' as [j u]. unfold key_eqb. simpl. intros H. apply andb_true_iff in H as [A B].
  apply Nat.eqb_eq in A. apply eqb_prop in B. now subst.
Qed.
Lemma ordered_cut o m b l : ordered o l -> ordered o (cut m b l).
Proof.
  destruct o as [k|]; simpl; auto. intros [T S]. split; auto. unfold cut. apply (sorted_split _ m) in S as (_ & S & _).
  destruct b as [n|]; simpl; auto. now apply (sorted_split _ n) in S as (S & _).
Qed.
Lemma same_dist_eq d e c : same_dist d e = Some c -> d = c /\ e = c.
Proof. destruct d, e; simpl; intros [=]; subst; auto. Qed.
Lemma sbag_perm (g : gagg V (gkey W)) n d (F : nat -> list (state g)) l l' :
  Permutation l l' -> sbag n d F l -> sbag n d F l'.
Proof. intros P. destruct d; simpl; intros H; try (intros i L; specialize (H i L)); eapply states_perm; eauto. Qed.

Ltac ask := repeat match goal with
  | H : match ?x with Some _ => _ | None => None end = Some _ |- _ => destruct x eqn:?; [|discriminate]
  | H : (if ?b then _ else None) = Some _ |- _ => destruct b eqn:?; [|discriminate]
  | H : Some _ = Some _ |- _ => injection H as H; try subst
  end.

(* ---- one theorem per rule that says more than its bag ---- *)
(*@ plan.filter *)
Theorem filter_sound n r r' b p f g : filter_rule r = Some r' -> sat n r p g -> (forall i, i < n -> f i = filter b (g i)) ->
  0 < n -> sat n r' (Filter b p) f.
Proof.
  unfold filter_rule. intros C (S & O & H) E N. destruct r as [d o []]; try discriminate. injection C as <-. simpl in *.
  destruct H as (l & M & Ol & Sp).
  assert (F : forall x, ordered o x -> ordered o (filter b x)).
  { destruct o as [k|]; simpl; auto. intros x [T Q]. split; auto. now apply sorted_filter. }
  split; auto. split; [intros i L; rewrite E; auto|]. exists (filter b l). split; [now exists l|]. split; auto.
  destruct d; simpl in *; [rewrite E; congruence| |].
  - apply (bag_map n Partial f g (filter b)); auto using filter_app, filter_perm. intros i L. now rewrite E.
  - intros i L. rewrite E by auto. apply filter_perm. auto.
Qed.
(*@ plan.project *)
Theorem project_sound n r r' h p f g : project_rule r = Some r' -> sat n r p g -> (forall i, i < n -> f i = map h (g i)) ->
  0 < n -> sat n r' (Project h p) f.
Proof.
  unfold project_rule. intros C (S & O & H) E N. destruct r as [d o []]; try discriminate. injection C as <-. simpl in *.
  destruct H as (l & M & Ol & Sp).
  split; auto. split; [simpl; auto|]. exists (map h l). split; [now exists l|]. split; [simpl; auto|].
  destruct d; simpl in *; [rewrite E; congruence| |].
  - apply (bag_map n Partial f g (map h)); auto using map_app, Permutation_map. intros i L. now rewrite E.
  - intros i L. rewrite E by auto. apply Permutation_map. auto.
Qed.
(*@ plan.sort, plan.sort.bound *)
Theorem sort_sound n r r' k b p f g h : sort_rule (key_of k) b r = Some r' -> sat n r p g -> 0 < n ->
  (forall i, i < n -> Permutation (h i) (g i) /\ sorted (sort_by W k) (h i) /\ f i = take b (h i)) ->
  sat n r' (Sort k b p) f.
Proof.
  intros C (S & O & H) N E.
  assert (Of : forall i, i < n -> ordered (Some (key_of k)) (f i)).
  { intros i L. destruct (E i L) as (_ & Q & ->). split; auto. apply (ordered_cut (Some (key_of k)) 0 b). now split. }
  assert (Gh : Permutation (gat n h) (gat n g)) by (apply gat_perm; intros i L; now apply E).
  (* without a bound any stage passes *)
  assert (Full : b = None -> forall d, (d = Single -> n = 1) -> forall l, means p l -> bag n d g l ->
    sat n (Rel d (Some (key_of k)) Complete) (Sort k b p) f).
  { intros -> d Sd l M B. split; auto. split; auto. simpl.
    assert (Ef : forall i, i < n -> Permutation (f i) (g i)) by (intros i L; now destruct (E i L) as (? & ? & ->)).
    assert (Bf : bag n d f l).
    { destruct d; simpl in *; try (intros i L; rewrite (Ef i L); auto). now rewrite (gat_perm _ _ _ Ef). }
    assert (D : exists l', Permutation l' l /\ sorted (sort_by W k) l' /\ spread n d f l').
    { destruct d; simpl in *.
      - exists (f 0). repeat split; auto. now apply Of.
      - exists (isort (sort_by W k) l). split; [apply isort_perm|]. split; [apply isort_sorted|]. now rewrite Bf, isort_perm.
      - exists (f 0). split; auto. split; [now apply Of|]. intros i L. rewrite !Bf; auto. }
    destruct D as (l' & P & Q & Sp). exists l'. repeat split; auto. exists l, l'. auto. }
  destruct b as [m|].
  - clear Full. destruct r as [d o []]; try (destruct d; discriminate). simpl in *. destruct H as (l & M & _ & Sp).
    destruct d; simpl in C.
    + (* alone: the first rows *) injection C as <-. split; auto. split; auto. simpl in *.
      destruct (E 0 N) as (P & Q & T). exists (f 0). repeat split; try apply (Of 0 N); auto.
      exists l, (h 0). repeat split; auto. now rewrite P, Sp.
    + (* shares: top-N of each *) injection C as <-. split; [easy|]. split; auto. simpl in *. split; [easy|].
      exists (key_of k), (gat n (fun i => skipn m (h i))). split; auto. split.
      * intros x I. apply gat_in in I as (i & L & I). exists i. split; auto. destruct (E i L) as (_ & Q & T).
        assert (m <= length (h i)).
        { destruct (Nat.le_gt_cases m (length (h i))); auto. rewrite skipn_all2 in I by lia. easy. }
        rewrite T. simpl. rewrite firstn_length_le, firstn_firstn, Nat.min_id by auto. split; auto.
        intros y J. apply (sorted_split _ m) in Q as (_ & _ & Q). auto.
      * intros l' Q P. exists l, l'. repeat split; auto. rewrite P, <- Sp, <- Gh, <- gat_app.
        apply gat_perm. intros i L. destruct (E i L) as (_ & _ & ->). simpl. now rewrite firstn_skipn.
    + (* replicas agree where there are no ties *)
      ask. split; [easy|]. split; [intros i L; split; [reflexivity|now apply Of]|]. simpl in *.
      assert (U : forall i, i < n -> h i = h 0).
      { intros i L. destruct (E i L) as (P & Q & _), (E 0 N) as (P0 & Q0 & _).
        apply (sorted_unique (sort_by W k)); auto. rewrite P, P0, !Sp; auto. }
      exists (f 0). split; [|split; [split; [reflexivity|now apply Of]|]].
      * destruct (E 0 N) as (P & Q & T). exists l, (h 0). repeat split; auto. rewrite P. auto.
      * intros i L. destruct (E i L) as (_ & _ & ->), (E 0 N) as (_ & _ & ->). now rewrite (U i L).
  - destruct r as [d o []]; simpl in *; try discriminate; injection C as <-.
    + destruct H as (l & M & _ & Sp). apply (Full eq_refl d S l); auto. now apply spread_bag.
    + split; auto. split; auto. simpl in *. destruct H as (Nr & l & M & H). split; auto.
      exists (isort (sort_by W k) l). split.
      * exists l, (isort (sort_by W k) l). repeat split; auto using isort_perm, isort_sorted.
      * intros x. rewrite (same_members _ _ (isort_perm _ l)), <- H. apply same_members.
        rewrite <- Gh. apply gat_perm. intros i L. now destruct (E i L) as (_ & _ & ->).
Qed.
(*@ plan.limit, plan.sort.bound *)
Theorem limit_sound n r r' m b p f g : limit_rule m b r = Some r' -> sat n r p g -> 0 < n ->
  (forall i, i < n -> f i = cut m b (g i)) -> sat n r' (Limit m b p) f.
Proof.
  intros C (S & O & H) N E.
  assert (Of : forall i, i < n -> ordered (order_of r) (f i)) by (intros i L; rewrite E by auto; apply ordered_cut; auto).
  destruct r as [[] o []]; simpl in *; try (destruct b, o; discriminate).
  - (* alone *) injection C as <-. split; auto. split; auto. destruct H as (l & M & Ol & Sp). exists (f 0).
    split; [|split; [now apply Of|reflexivity]]. exists l. split; auto. rewrite <- Sp. auto.
  - (* above a merge of top rows *) destruct b as [b|]; [|discriminate]. ask. split; auto. split; auto. simpl.
    destruct H as (_ & k & dropped & -> & D & M). rewrite (S eq_refl) in *. simpl in *.
    destruct (O 0 N) as [T Q]. exists (f 0). split; [|split; auto].
    destruct (first_kept (sort_by W (key_id k)) n0 (g 0) dropped Q) as (full & A & B & F).
    { intros x I. destruct (D x I) as (i & L & L' & Y). replace i with 0 in * by lia. auto. }
    exists (firstn n0 full). split; [apply M; auto|]. rewrite F, E by auto. unfold cut, take.
    rewrite !firstn_skipn_comm, firstn_firstn. apply Nat.leb_le in Heqb0. f_equal. f_equal. lia.
  - (* replicas of one sorted list *) destruct o as [k|]; [|destruct b; discriminate].
    assert (key_total k = true /\ r' = Rel Replicated (Some k) Complete) as [T ->] by (destruct b; ask; auto).
    clear C. split; [easy|]. split; auto. simpl in *. destruct H as (l & M & [T' Q] & Sp).
    assert (U : forall i, i < n -> g i = l).
    { intros i L. apply (sorted_unique (sort_by W (key_id k))); auto; [congruence|]. now apply O. }
    exists (cut m b l). split; [now exists l|]. split.
    + apply (ordered_cut (Some k)). now split.
    + intros i L. now rewrite E, U.
Qed.
(*@ plan.distinct.partial, plan.unique.partial *)
Theorem distinct_sound n r r' p f g : distinct_rule r = Some r' -> sat n r p g -> 0 < n ->
  (forall i, i < n -> Permutation (f i) (nodup (row_eq W) (g i))) -> sat n r' (Distinct p) f.
Proof.
  intros C (S & O & H) N E.
  assert (Mem : forall i, i < n -> forall x, In x (f i) <-> In x (g i)).
  { intros i L x. rewrite (same_members _ _ (E i L)). apply nodup_In. }
  (* what a stage says of the members *)
  assert (K : dist_of r <> Replicated -> stage_of r = Complete \/ stage_of r = Repeated ->
    exists l, means p l /\ forall x, In x (gat n g) <-> In x l).
  { intros Nr St. destruct r as [d o []]; simpl in *; [|now destruct St|now destruct H].
    destruct H as (l & M & _ & Sp). exists l. split; auto. apply same_members.
    destruct d; simpl in *; [|auto|easy]. now rewrite (S eq_refl), <- Sp. }
  destruct r as [[] o []]; simpl in *; try discriminate; injection C as <-.
  1-2: destruct K as (l & M & K); auto; [easy|];
    apply (sat_rows n Single _ f (nodup (row_eq W) l)); auto; [|intros l' P; exists l; auto];
    simpl; intros i L; rewrite (E i L); apply nodup_perm; intros x; rewrite <- K, (S eq_refl); simpl;
    replace i with 0 by (rewrite (S eq_refl) in L; lia); reflexivity.
  1-2: destruct K as (l & M & K); auto; [easy|]; split; [easy|]; split; [simpl; auto|]; split; [easy|];
    exists (nodup (row_eq W) l); split; [exists l; auto|]; intros x; rewrite nodup_In, <- K, !gat_in;
    split; intros (i & L & I); exists i; split; auto; now apply Mem.
  - destruct H as (l & M & _ & Sp). apply (sat_rows n Replicated _ f (nodup (row_eq W) l));
      [auto|easy| |intros l' P; exists l; auto].
    simpl. intros i L. rewrite (E i L). apply nodup_perm, same_members, Sp, L.
Qed.
(*@ plan.gather-merge, plan.gather-merge.order *)
Theorem merge_sound m r r' k p f g : merge_rule (key_of k) r = Some r' -> sat m r p g -> 0 < m ->
  merges (sort_by W k) (map g (seq 0 m)) (f 0) -> sat 1 r' (GatherMerge m k p) f.
Proof.
  intros C (S & O & H) N E.
  assert (R : exists t, r' = Rel Single (Some (key_of k)) t /\ stage_of r = t /\ order_of r = Some (key_of k) /\
    dist_of r <> Replicated).
  { destruct r as [[] [k'|] t]; simpl in *; try discriminate; ask; apply key_eqb_eq in Heqb; subst k'; eexists; repeat split;
      easy. }
  destruct R as (t & -> & St & Or & Nr). rewrite Or in *.
  assert (P : Permutation (f 0) (gat m g)) by (rewrite <- (merge_is_permutation _ _ _ E), gat_concat; auto).
  assert (Q : sorted (sort_by W k) (f 0)).
  { apply (merge_is_sorted _ (leb_trans _) (map g (seq 0 m))); auto. apply Forall_forall. intros l I.
    apply in_map_iff in I as (i & <- & I). apply in_seq in I. apply O. lia. }
  assert (P' : forall l, spread m (dist_of r) g l -> Permutation (f 0) l).
  { intros l Sp. destruct r as [[] ? ?]; simpl in *; [|now rewrite P|easy]. rewrite P, (S eq_refl), <- Sp. reflexivity. }
  split; [easy|]. split. { intros i L. replace i with 0 by lia. now split. }
  simpl. rewrite St in H. destruct t; simpl in *.
  - destruct H as (l & M & _ & Sp). exists (f 0). repeat split; auto. exists l. auto.
  - destruct H as (_ & k' & dropped & Ok & D & M). injection Ok as <-. split; [easy|].
    exists (key_of k), dropped. split; auto. split.
    + intros x I. destruct (D x I) as (i & L & L' & Y). exists 0. split; auto.
      apply (first_rows_precede (leb (sort_by W k)) (leb_total _) (leb_trans _) n (f 0) (firstn n (g i))
        (skipn n (g i) ++ gat m (fun j => if j =? i then [] else g j))); auto; [|rewrite firstn_length_le; auto].
      rewrite app_assoc, firstn_skipn, P.
      transitivity (gat m (fun j => (if j =? i then g i else []) ++ (if j =? i then [] else g j))).
      { apply gat_perm. intros j _. destruct (Nat.eqb_spec j i) as [->|]; simpl; auto. now rewrite app_nil_r. }
      rewrite gat_app, (gat_elect m _ i); auto; [now rewrite Nat.eqb_refl|].
      intros j _ Nj. apply Nat.eqb_neq in Nj. now rewrite Nj.
    + intros l Ql Pl. exists (firstn n l). repeat split; auto.
      * apply M; auto. now rewrite Pl, P.
      * now apply (sorted_split _ n) in Ql as (Ql & _).
  - destruct H as (_ & l & M & H). split; [easy|]. exists (isort (sort_by W k) l). split.
    + exists l. repeat split; auto using isort_perm, isort_sorted.
    + intros x. rewrite (same_members _ _ (isort_perm _ l)), <- H. now apply same_members.
Qed.
(*@ plan.hash-join, plan.nested-loop, plan.join.partial-inner *)
Theorem join_sound n k c d dr ds f g h lo li : join_dist k dr ds = Some d ->
  bag n dr g lo -> bag n ds h li -> (forall j, j < n -> Permutation (f j) (join k c (g j) (h j))) ->
  bag n d f (join k c lo li).
Proof.
  intros C Bo Bi E. destruct dr, ds; simpl in C; try discriminate.
  - ask. simpl in *. intros j L. rewrite (E j L). apply join_perm; auto.
  - ask. apply negb_true_iff in Heqb. simpl in *. rewrite (gat_perm _ _ (fun j => join k c (g j) li)).
    + rewrite join_outer by auto. now apply join_perm.
    + intros j L. rewrite (E j L). apply join_perm; auto.
  - assert (k = Inner \/ k = RightOuter) as K by (destruct k; try discriminate; auto).
    assert (d = Partial) as -> by (destruct k; congruence). simpl in *.
    rewrite (gat_perm _ _ (fun j => join k c lo (h j))).
    + rewrite join_inner by auto. now apply join_perm.
    + intros j L. rewrite (E j L). apply join_perm; auto.
  - ask. simpl in *. intros j L. rewrite (E j L). apply join_perm; auto.
Qed.
(*@ plan.hash-join.shared, plan.hash.shared, plan.hash-join *)
Theorem shared_join_sound n k c d f g h w lo li : d = Single /\ n = 1 \/ d = Partial -> w < n ->
  bag n d g lo -> bag n d h li ->
  (forall j, j < n -> Permutation (f j)
    (probe k c (g j) (gat n h) ++ if j =? w then unmatched k c (gat n g) (gat n h) else [])) ->
  bag n d f (join k c lo li).
Proof.
  intros D L Bo Bi E.
  assert (G : Permutation (gat n g) lo) by (destruct D as [[-> ->]| ->]; simpl in *; auto).
  assert (H : Permutation (gat n h) li) by (destruct D as [[-> ->]| ->]; simpl in *; auto).
  assert (F : Permutation (gat n f) (join k c lo li)).
  { rewrite (gat_perm _ _ _ E), gat_app, probe_outer, (gat_elect n (fun j => if j =? w then _ else []) w L).
    - cbv beta. rewrite Nat.eqb_refl. apply Permutation_app; auto using probe_perm, unmatched_perm.
    - intros j _ N. apply Nat.eqb_neq in N. now rewrite N. }
  destruct D as [[-> ->]| ->]; simpl in *; auto. intros j Lj. now replace j with 0 by lia.
Qed.

(*@ plan.sound, plan.type, plan.distribution, plan.seq-scan, plan.material, plan.append, plan.append.elect, plan.gather, plan.aggregate.partial, plan.aggregate.simple, plan.exchange *)
Theorem soundness :
  (forall p n r f, 0 < n -> check n (erase p) = Some r -> eval n p f -> sat n r p f) /\
  (forall s g n (r : srel) F, 0 < n -> scheck n (serase s) = Some r -> seval g n s F -> ssat g n r s F).
Proof.
  apply plan_both; simpl.
  - (* Scan *) intros t n r f N [= <-] E.
    apply (sat_rows n _ _ f (table W t)); auto using whole_single, bag_whole.
  - (* ParScan *) intros t n r f N [= <-] E.
    apply (sat_rows n _ _ f (table W t)); auto using share_single, bag_share.
  - (* Filter *) intros b p IH n r f N C (g & E & H). ask. eapply filter_sound; eauto.
  - (* Project *) intros h p IH n r f N C (g & E & H). ask. eapply project_sound; eauto.
  - (* Material *) intros p IH n r f N C E. exact (IH n r f N C E).
  - (* Sort *) intros k b p IH n r f N C (g & h & E & H). ask. eapply sort_sound; eauto.
  - (* Limit *) intros m b p IH n r f N C (g & E & H). ask. eapply limit_sound; eauto.
  - (* Distinct *) intros p IH n r f N C (g & E & H). ask. eapply distinct_sound; eauto.
  - (* Join *) intros k c o IHo i IHi n r f N C (g & h & Eo & Ei & H). ask. rename r0 into ro, r1 into ri.
    unfold join_rule in C. ask. apply andb_true_iff in Heqb as [Co Ci].
    specialize (IHo n ro g N Heqo0 Eo). specialize (IHi n ri h N Heqo1 Ei).
    destruct (sat_bag n ro o g IHo Co) as (lo & Mo & Bo), (sat_bag n ri i h IHi Ci) as (li & Mi & Bi).
    apply (sat_rows n _ _ f (join k c lo li)); auto.
    + intros ->. destruct (dist_of ro) eqn:Do, (dist_of ri); try discriminate; try now apply (sat_single _ _ _ _ IHo).
      all: destruct k; discriminate.
    + eapply join_sound; eauto.
    + intros l P. exists lo, li. auto.
  - (* SharedJoin *) intros k c o IHo i IHi n r f N C (g & h & w & Eo & Ei & L & H). ask. rename r0 into ro, r1 into ri.
    unfold shared_join_rule in C. ask. apply andb_true_iff in Heqb as [Co Ci].
    specialize (IHo n ro g N Heqo0 Eo). specialize (IHi n ri h N Heqo1 Ei).
    destruct (sat_bag n ro o g IHo Co) as (lo & Mo & Bo), (sat_bag n ri i h IHi Ci) as (li & Mi & Bi).
    assert (D : exists d, r = rows d /\ dist_of ro = d /\ dist_of ri = d /\ (d = Single /\ n = 1 \/ d = Partial)).
    { assert (S := sat_single _ _ _ _ IHo). destruct (dist_of ro), (dist_of ri); try discriminate; injection C as <-;
        eexists; repeat split; auto. }
    destruct D as (d & -> & Do & Di & D). rewrite Do in Bo. rewrite Di in Bi.
    apply (sat_rows n _ _ f (join k c lo li)); auto.
    + intros ->. now destruct D as [[_ ?]|?].
    + eapply shared_join_sound; eauto.
    + intros l P. exists lo, li. auto.
  - (* Shared *) intros p IH n r f N C (g & E & H). ask. unfold shared_rule in C. ask.
    specialize (IH n r0 g N Heqo E). destruct (sat_bag n r0 p g IH Heqb) as (l & M & B).
    assert (S := sat_single _ _ _ _ IH). destruct (dist_of r0); try discriminate; injection C as <-;
      apply (sat_rows n _ _ f l); auto; try easy; try (intros l' P; now exists l); simpl in *.
    + rewrite (S eq_refl) in *. intros i L. rewrite (H i L). simpl. auto.
    + intros i L. now rewrite (H i L).
  - (* Elect *) intros p IH n r f N C (g & w & E & L & P & Z). ask. unfold elect_rule in C. ask.
    specialize (IH n r0 g N Heqo E). destruct (sat_bag n r0 p g IH Heqb) as (l & M & B).
    assert (S := sat_single _ _ _ _ IH). destruct (dist_of r0); try discriminate; injection C as <-;
      apply (sat_rows n _ _ f l); auto; try easy; try (intros l' Q; now exists l); simpl in *.
    + rewrite (S eq_refl) in *. intros i Li. replace i with w by lia. rewrite P. auto.
    + rewrite (gat_elect n f w L Z), P. auto.
  - (* Append *) intros p IHp q IHq n r f N C (g & h & Ep & Eq & H). ask. rename r0 into rp, r1 into rq.
    unfold append_rule in C. ask. apply andb_true_iff in Heqb as [Cp Cq]. apply same_dist_eq in Heqo1 as [Dp Dq].
    specialize (IHp n rp g N Heqo Ep). specialize (IHq n rq h N Heqo0 Eq).
    destruct (sat_bag n rp p g IHp Cp) as (lp & Mp & Bp), (sat_bag n rq q h IHq Cq) as (lq & Mq & Bq).
    rewrite Dp in Bp. rewrite Dq in Bq. apply (sat_rows n d _ f (lp ++ lq)); auto.
    + intros ->. now apply (sat_single _ _ _ _ IHp).
    + destruct d; simpl in *; try (intros i L; rewrite (H i L); apply Permutation_app; auto).
      rewrite (gat_perm _ _ _ H), gat_app. now apply Permutation_app.
    + intros l P. exists lp, lq. auto.
  - (* Gather *) intros m p IH n r f N C (g & E & H). ask. apply andb_true_iff in Heqb as [A B].
    apply Nat.eqb_eq in A as ->. apply Nat.ltb_lt in B. specialize (IH m r0 g B Heqo E).
    assert (K : forall l, bag m (dist_of r0) g l -> dist_of r0 <> Replicated -> Permutation (f 0) l).
    { intros l K Nr. assert (S := sat_single _ _ _ _ IH). destruct (dist_of r0); simpl in *; [|now rewrite H|easy].
      rewrite H, (S eq_refl). simpl. apply K. auto. }
    destruct IH as (S & O & IH). destruct r0 as [d o []]; [|destruct d; discriminate|].
    + assert (d <> Replicated /\ r = rows Single) as [Nr ->] by (destruct d; simpl in C; split; congruence).
      destruct IH as (l & M & _ & Sp). apply (sat_rows 1 _ _ f l); auto.
      * intros i L. replace i with 0 by lia. apply K; auto. now apply spread_bag.
      * intros l' P. now exists l.
    + assert (d <> Replicated /\ r = Rel Single None Repeated) as [Nr ->] by (destruct d; simpl in C; split; congruence).
      simpl in *. destruct IH as (_ & l & M & IH). split; [easy|]. split; [simpl; auto|]. split; [easy|].
      exists l. split; [now exists l|]. intros x. simpl. rewrite <- IH. now apply same_members.
  - (* GatherMerge *) intros m k p IH n r f N C (g & E & H). ask. apply andb_true_iff in Heqb as [A B].
    apply Nat.eqb_eq in A as ->. apply Nat.ltb_lt in B. eapply merge_sound; eauto.
  - (* GroupAgg *) intros a p IH n r f N C (h & E & H). ask. unfold agg_rule in C. ask.
    specialize (IH n r0 h N Heqo E). destruct (sat_bag n r0 p h IH Heqb) as (l & M & B).
    assert (S := sat_single _ _ _ _ IH).
    assert (G : dist_of r0 <> Partial /\ r = rows (dist_of r0)) by (destruct (dist_of r0); split; congruence).
    destruct G as [Np ->]. apply (sat_rows n _ _ f (groups (gkey_eq W) a l)); auto.
    + assert (G : forall i, i < n -> Permutation (f i) (groups (gkey_eq W) a l)).
      { intros i L. rewrite (H i L). apply groups_perm. now apply (bag_each n (dist_of r0)). }
      destruct (dist_of r0); simpl; auto; easy.
    + intros l' P. now exists l.
  - (* Final *) intros a s IH n r f N C (F & E & H). ask. specialize (IH a n s0 F N Heqo E).
    destruct IH as (S & K & l & M & B). destruct s0 as [d key]. simpl in *.
    assert (G : d <> Partial /\ r = rows d \/ d = Partial /\ key = true /\ g_key a <> None /\ r = rows Partial).
    { unfold grouping_of in C. destruct d, key, (g_key a); simpl in C; try discriminate; injection C as <-; auto;
        try (left; split; easy). right. repeat split; easy. }
    clear C. destruct G as [[Np ->]|(-> & -> & Nk & ->)].
    + apply (sat_rows n _ _ f (groups (gkey_eq W) a l)); auto; [|intros l' P; now exists l].
      assert (G : forall i, i < n -> Permutation (f i) (groups (gkey_eq W) a l)).
      { intros i L. rewrite (H i L). apply finalize_serial. destruct d; simpl in *; auto; easy. }
      destruct d; simpl; auto; easy.
    + apply (sat_rows n _ _ f (groups (gkey_eq W) a l)); [auto|easy| |intros l' P; now exists l]. simpl in *.
      rewrite (gat_perm _ _ _ H), <- finalize_at_home by auto. now apply finalize_serial.
  - (* SPartial *) intros p IH a n r F N C (h & E & H). ask. unfold partial_rule in C. ask.
    specialize (IH n r0 h N Heqo E). destruct (sat_bag n r0 p h IH Heqb) as (l & M & B).
    split; [apply (sat_single _ _ _ _ IH)|]. split; [easy|]. exists l. split; auto. simpl.
    destruct (dist_of r0); simpl in *; try (intros i L; eapply states_perm; [reflexivity|exact (B i L)|auto]).
    eapply states_perm; [reflexivity|exact B|]. now apply states_gat.
  - (* SGather *) intros m s IH a n r F N C (G & E & H). ask. apply andb_true_iff in Heqb as [A B].
    apply Nat.eqb_eq in A as ->. apply Nat.ltb_lt in B. specialize (IH a m s0 G B Heqo E).
    destruct IH as (S & _ & l & M & Bg). unfold sgather_rule in C. destruct (sdist_of s0); try discriminate; injection C as <-;
      (split; [easy|]; split; [easy|]; exists l; split; auto; simpl in *; intros i L; replace i with 0 by lia);
      (eapply states_perm; [apply Permutation_sym, H|reflexivity|]); auto.
    rewrite (S eq_refl) in *. simpl. auto.
  - (* SAppend *) intros s IHs t IHt a n r F N C (G & H & Es & Et & P). ask. unfold sappend_rule in C. ask.
    apply same_dist_eq in Heqo1 as [Ds Dt].
    destruct (IHs a n s0 G N Heqo Es) as (Ss & _ & ls & Ms & Bs).
    destruct (IHt a n s1 H N Heqo0 Et) as (_ & _ & lt & Mt & Bt). rewrite Ds in *. rewrite Dt in *.
    split; auto. split; [easy|]. exists (ls ++ lt). split; [exists ls, lt; auto|]. simpl.
    destruct d; simpl in *;
      try (intros i L; eapply states_perm; [symmetry; apply (P i L)|reflexivity|]; apply states_app; auto).
    eapply states_perm; [symmetry; etransitivity; [apply gat_perm, P|apply gat_app]|reflexivity|]. now apply states_app.
  - (* SExchange *) intros s IH a n r F N C (G & home & E & Hh & H). ask.
    destruct (IH a n s0 G N Heqo E) as (S & _ & l & M & B). unfold exchange_rule in C.
    assert (P : Permutation (gat n F) (gat n G)).
    { rewrite (gat_perm _ _ _ H). apply (gat_home n (fun c : state a => home (fst c))). auto. }
    assert (Hm : at_home a n F) by (eapply exchange_home; eauto).
    destruct (sdist_of s0); try discriminate; injection C as <-;
      (split; [auto|]; split; [auto|]; exists l; split; auto; simpl in * ).
    + rewrite (S eq_refl) in *. intros i L. replace i with 0 by lia. simpl in P.
      eapply states_perm; [apply Permutation_sym, P|reflexivity|auto].
    + eapply states_perm; [apply Permutation_sym, P|reflexivity|auto].
Qed.

(* A plan accepted above every Gather returns, in every run, one of its serial answers, in its order. *)
(*@ plan.sound *)
Corollary top_sound p f : accepts (erase p) = true -> eval 1 p f -> means p (f 0).
Proof.
  unfold accepts. intros A E. destruct (check 1 (erase p)) as [[[] o []]|] eqn:C; try discriminate.
  destruct (proj1 soundness p 1 _ f ltac:(lia) C E) as (_ & _ & l & M & _ & Sp). simpl in Sp. now rewrite Sp.
Qed.
End Sound.
