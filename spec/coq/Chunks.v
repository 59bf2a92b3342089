(** * Who reads which block of a parallel scan

    The participants of a Parallel Seq Scan share one counter. A claim is one atomic fetch-and-add: it adds the size of a
    chunk, and the blocks from the old value of the counter up to the new one, as far as the table has them, belong to the
    claimer. Everything else that a participant does is its own affair.

    The theorems hold for ANY positive sizes of chunks (so for each policy of [parallel/src/protocol/block_cursor.rs]),
    for any number of participants, unbounded, and for any interleaving of their steps; the proofs are by induction over
    the run, where a model checker stops at a few blocks and participants. *)
Require Import List Permutation Arith Lia Bool.
Import ListNotations.

(** ** The protocol *)

Section Scan.
Variable n : nat. (* the blocks of the table, fixed when the scan begins *)

(** What a participant has claimed and not read yet, what it has read, and whether a claim told it that all is gone. *)
Record participant := { todo : list nat; done : list nat; ended : bool }.
(** The state of all: the shared counter, and each participant. Participants are numbered; most never show up. *)
Record state := { allocated : nat; part : nat -> participant }.

Definition initial : state :=
  {| allocated := 0; part := fun _ => {| todo := []; done := []; ended := false |} |}.
(** The blocks of a claim of [c] blocks that found the counter at [first]: past the end of the table there are none. *)
Definition range first c := seq first (min (first + c) n - first).
Definition update (f : nat -> participant) p x := fun q => if q =? p then x else f q.

(** One step of participant [p]: a claim once all that it claimed is read, of any size; or the reading of a block. *)
Inductive step (p : nat) : state -> state -> Prop :=
| step_claim s c : 0 < c -> todo (part s p) = [] -> ended (part s p) = false ->
    step p s {| allocated := allocated s + c; part := update (part s) p
      {| todo := range (allocated s) c; done := done (part s p); ended := n <=? allocated s |} |}
| step_read s b rest : todo (part s p) = b :: rest ->
    step p s {| allocated := allocated s; part := update (part s) p
      {| todo := rest; done := done (part s p) ++ [b]; ended := ended (part s p) |} |}.
(** A run names who takes each step. *)
Inductive runs : list nat -> state -> state -> Prop :=
| runs_nil s : runs [] s s
| runs_step p ps s s' s'' : step p s s' -> runs ps s' s'' -> runs (p :: ps) s s''.
Inductive reachable : state -> Prop :=
| reach_initial : reachable initial
| reach_step p s s' : reachable s -> step p s s' -> reachable s'.
Lemma reachable_runs ps s s' : reachable s -> runs ps s s' -> reachable s'.
Proof. intros R H. induction H; auto. eauto using reach_step. Qed.

(** What a participant owns. *)
Definition own s p := done (part s p) ++ todo (part s p).
Lemma range_in first c b : In b (range first c) <-> first <= b < min (first + c) n.
Proof. unfold range. rewrite in_seq. lia. Qed.
Lemma update_same f p x : update f p x p = x. Proof. unfold update. now rewrite Nat.eqb_refl. Qed.
Lemma update_other f p x q : q <> p -> update f p x q = f q.
Proof. unfold update. intros H. apply Nat.eqb_neq in H. now rewrite H. Qed.

(** ** Safety: no block twice, none left out *)

(** The blocks below the counter, as far as there are any, are owned, each once and by one participant. *)
Record invariant (s : state) : Prop := {
  inv_nodup : forall p, NoDup (own s p);
  inv_owner : forall p q b, In b (own s p) -> In b (own s q) -> p = q;
  inv_cover : forall b, b < min (allocated s) n <-> exists p, In b (own s p);
  inv_ended : forall p, ended (part s p) = true -> n <= allocated s
}.
Lemma invariant_initial : invariant initial.
Proof.
  split; simpl; try easy.
  - constructor.
  - intros b. split; [lia|now intros [_ []]].
Qed.
Lemma nodup_app {A} (xs ys : list A) : NoDup xs -> NoDup ys -> (forall x, In x xs -> ~ In x ys) -> NoDup (xs ++ ys).
Proof.
  induction 1 as [|x xs N _ IH]; simpl; auto. intros Y D. constructor; [|firstorder].
  rewrite in_app_iff. intros [I|I]; [now apply N|]. exact (D x (or_introl eq_refl) I).
Qed.
Lemma invariant_step p s s' : invariant s -> step p s s' -> invariant s'.
Proof.
  intros [N O C E] H. destruct H as [s c C0 T F|s b rest T].
  - assert (P : forall q b, In b (own {| allocated := allocated s + c; part := update (part s) p
      {| todo := range (allocated s) c; done := done (part s p); ended := n <=? allocated s |} |} q) <->
      In b (own s q) \/ (q = p /\ allocated s <= b < min (allocated s + c) n)).
    { intros q b. unfold own; simpl. destruct (Nat.eq_dec q p) as [->|Q].
      - rewrite update_same; simpl. rewrite in_app_iff, range_in, T, app_nil_r. tauto.
      - rewrite update_other by auto. tauto. }
    assert (B : forall q b, In b (own s q) -> b < allocated s).
    { intros q b I. assert (b < min (allocated s) n) by (apply C; eauto). lia. }
    split.
    + intros q. unfold own; simpl. destruct (Nat.eq_dec q p) as [->|Q].
      * rewrite update_same; simpl. specialize (N p). unfold own in N. rewrite T, app_nil_r in N.
        apply nodup_app; auto. { apply seq_NoDup. }
        intros b I J. apply range_in in J. assert (b < allocated s); [|lia].
        apply (B p). unfold own. now rewrite T, app_nil_r.
      * rewrite update_other by auto. apply N.
    + intros q r b. rewrite !P. intros [I|[-> I]] [J|[-> J]]; auto.
      * eauto. * apply B in I. lia. * apply B in J. lia.
    + intros b. simpl. split.
      * intros L. destruct (le_lt_dec (allocated s) b) as [G|G].
        -- exists p. apply P. right. lia.
        -- destruct (proj1 (C b)) as [q I]; [lia|]. exists q. apply P. now left.
      * intros [q I]. apply P in I. destruct I as [I|[_ I]]; [|lia].
        assert (b < min (allocated s) n) by (apply C; eauto). lia.
    + intros q. simpl. destruct (Nat.eq_dec q p) as [->|Q].
      * rewrite update_same; simpl. intros L. apply Nat.leb_le in L. lia.
      * rewrite update_other by auto. intros L. apply E in L. lia.
  - assert (P : forall q, own {| allocated := allocated s; part := update (part s) p
      {| todo := rest; done := done (part s p) ++ [b]; ended := ended (part s p) |} |} q = own s q).
    { intros q. unfold own; simpl. destruct (Nat.eq_dec q p) as [->|Q].
      - rewrite update_same; simpl. now rewrite T, <- app_assoc.
      - now rewrite update_other. }
    split; simpl; intros; rewrite ?P in *; auto.
    + eauto. 
    + rewrite C. split; intros [q I]; exists q; [now rewrite P|now rewrite P in I].
    + destruct (Nat.eq_dec p0 p) as [->|Q]; [rewrite update_same in H|rewrite update_other in H by auto]; eauto.
Qed.
Lemma invariant_holds s : reachable s -> invariant s.
Proof. induction 1; eauto using invariant_initial, invariant_step. Qed.

(** At any moment of any run: no block is owned twice. *)
(*@ scan.seq.claim, scan.bitmap.claim *)
Theorem block_has_one_owner s p q b : reachable s -> In b (own s p) -> In b (own s q) ->
  p = q /\ count_occ Nat.eq_dec (own s p) b = 1.
Proof.
  intros R I J. destruct (invariant_holds s R) as [N O _ _]. split; [eauto|].
  apply NoDup_count_occ'; auto.
Qed.
(*@ scan.seq.claim *)
Theorem owned_blocks_exist s p b : reachable s -> In b (own s p) -> b < n.
Proof.
  intros R I. destruct (invariant_holds s R) as [_ _ C _].
  assert (b < min (allocated s) n) by (apply C; eauto). lia.
Qed.

(** A scan is over when someone was told that all is gone and nobody holds a block that it has not read. *)
Definition over s := (exists p, ended (part s p) = true) /\ forall p, todo (part s p) = [].

Lemma over_owner s b : reachable s -> over s -> b < n -> exists p, In b (done (part s p)).
Proof.
  intros R [[p E] T] L. destruct (invariant_holds s R) as [_ _ C F]. apply F in E.
  destruct (proj1 (C b)) as [q I]; [lia|]. exists q. unfold own in I. now rewrite T, app_nil_r in I.
Qed.
(** Then each block has been read exactly once, by one participant. *)
(*@ scan.seq.claim, scan.bitmap.claim *)
Theorem each_block_once s b : reachable s -> over s -> b < n ->
  exists p, count_occ Nat.eq_dec (done (part s p)) b = 1 /\
    forall q, q <> p -> count_occ Nat.eq_dec (done (part s q)) b = 0.
Proof.
  intros R V L. destruct (over_owner s b R V L) as [p I]. exists p.
  assert (D : forall q, own s q = done (part s q)) by (intros; unfold own; now rewrite (proj2 V), app_nil_r).
  split.
  - rewrite <- D. apply (block_has_one_owner s p p); auto; now rewrite D.
  - intros q Q. apply count_occ_not_In. intros J. apply Q.
    destruct (block_has_one_owner s q p b) as [H _]; auto; now rewrite D.
Qed.
Lemma nodup_flat_map (f : nat -> list nat) ps : NoDup ps -> (forall p, NoDup (f p)) ->
  (forall p q b, In b (f p) -> In b (f q) -> p = q) -> NoDup (flat_map f ps).
Proof.
  intros N F O. induction N as [|p ps I _ IH]; simpl; [constructor|].
  apply nodup_app; auto. intros b J K. apply in_flat_map in K. destruct K as (q & Q & K).
  apply I. now rewrite (O p q b J K).
Qed.
(** The same as a partition: what the participants read, taken together, is the table. This is what the types of plans
    assume of a parallel scan: the bags of the participants add up to the serial bag. *)
(*@ scan.seq.claim, plan.seq-scan *)
Theorem claims_partition s ps : reachable s -> over s -> NoDup ps ->
  (forall p, ~ In p ps -> done (part s p) = []) ->
  Permutation (flat_map (fun p => done (part s p)) ps) (seq 0 n).
Proof.
  intros R V N Idle.
  assert (D : forall q, own s q = done (part s q)) by (intros; unfold own; now rewrite (proj2 V), app_nil_r).
  apply NoDup_Permutation; [|apply seq_NoDup|].
  - apply nodup_flat_map; auto.
    + intros p. rewrite <- D. now apply invariant_holds.
    + intros p q b. rewrite <- !D. now apply invariant_holds.
  - intros b. rewrite in_flat_map, in_seq. split.
    + intros (p & _ & I). rewrite <- D in I. apply owned_blocks_exist in I; auto. lia.
    + intros [_ L]. destruct (over_owner s b R V L) as [p I]. exists p. split; auto.
      destruct (in_dec Nat.eq_dec p ps) as [J|J]; auto. rewrite (Idle p J) in I. destruct I.
Qed.

(** ** Where the scan begins

    Under synchronized scans block 0 of the scan is block [start] of the table, and the scan wraps around. *)
Definition page start b := (b + start) mod n.
Lemma page_cases start b : b < n -> page start b = if b + start mod n <? n then b + start mod n else b + start mod n - n.
Proof.
  intros L. unfold page. assert (N : n <> 0) by lia. assert (T := Nat.mod_upper_bound start n N).
  rewrite <- Nat.add_mod_idemp_r by auto. set (t := start mod n) in *.
  destruct (Nat.ltb_spec (b + t) n) as [H|H]; [now apply Nat.mod_small|].
  replace (b + t) with (b + t - n + 1 * n) at 1 by lia. rewrite Nat.mod_add by auto. apply Nat.mod_small. lia.
Qed.
(*@ scan.seq.start *)
Theorem wrap_around_partition start : Permutation (map (page start) (seq 0 n)) (seq 0 n).
Proof.
  destruct (Nat.eq_dec n 0) as [Z|Z]; [rewrite Z; constructor|].
  apply NoDup_Permutation_bis.
  - assert (G : forall l, NoDup l -> (forall b, In b l -> b < n) -> NoDup (map (page start) l)).
    { induction 1 as [|b l I _ IH]; simpl; intros B; constructor; auto.
      intros J. apply in_map_iff in J. destruct J as (a & E & J). apply I.
      replace b with a; auto. rewrite !page_cases in E by auto.
      assert (T := Nat.mod_upper_bound start n Z).
      assert (a < n) by auto. assert (b < n) by auto.
      destruct (Nat.ltb_spec (a + start mod n) n), (Nat.ltb_spec (b + start mod n) n); lia. }
    apply G; [apply seq_NoDup|]. intros b. rewrite in_seq. lia.
  - now rewrite map_length.
  - intros b I. apply in_map_iff in I. destruct I as (a & <- & _). apply in_seq.
    assert (T := Nat.mod_upper_bound (a + start) n Z). unfold page. lia.
Qed.
(*@ scan.seq.start *)
Theorem claims_partition_from start s ps : reachable s -> over s -> NoDup ps ->
  (forall p, ~ In p ps -> done (part s p) = []) ->
  Permutation (flat_map (fun p => map (page start) (done (part s p))) ps) (seq 0 n).
Proof.
  intros R V N Idle. rewrite <- (wrap_around_partition start).
  rewrite <- (Permutation_map (page start) (claims_partition s ps R V N Idle)).
  clear. induction ps; simpl; auto. rewrite map_app. now apply Permutation_app_head.
Qed.

(** ** Progress: nobody waits, and every run ends *)

(** Whatever the others do or fail to do, a participant that was not told that all is gone can go on. *)
(*@ scan.seq.alone *)
Theorem nobody_waits s p : (ended (part s p) = true /\ todo (part s p) = []) \/ exists s', step p s s'.
Proof.
  destruct (todo (part s p)) as [|b rest] eqn:T; [|right; eexists; now apply (step_read p s b rest)].
  destruct (ended (part s p)) eqn:E; [now left|]. right. eexists. now apply (step_claim p s 1 Nat.lt_0_1).
Qed.
Definition work x := length (todo x) + if ended x then 0 else 1.
Definition measure ps s := 2 * (n - allocated s) + list_sum (map (fun p => work (part s p)) ps).
Lemma sum_update f p x ps : NoDup ps -> In p ps ->
  list_sum (map (fun q => work (update f p x q)) ps) + work (f p) = list_sum (map (fun q => work (f q)) ps) + work x.
Proof.
  induction 1 as [|q ps N D IH]; simpl; [easy|]. intros [->|I].
  - rewrite update_same.
    assert (E : map (fun q => work (update f p x q)) ps = map (fun q => work (f q)) ps).
    { apply map_ext_in. intros q I. rewrite update_other; auto. congruence. }
    rewrite E. lia.
  - rewrite update_other by congruence. specialize (IH I). lia.
Qed.
Lemma measure_step ps p s s' : NoDup ps -> In p ps -> step p s s' -> measure ps s' < measure ps s.
Proof.
  intros N I H. destruct H as [s c C T F|s b rest T]; unfold measure; simpl allocated; simpl part.
  - match goal with |- context [update _ _ ?x] => assert (E := sum_update (part s) p x ps N I) end.
    unfold work at 2 4 in E. simpl in E. rewrite T, F in E. simpl in E.
    unfold range in E. rewrite seq_length in E. unfold range.
    destruct (Nat.leb_spec n (allocated s)); lia.
  - match goal with |- context [update _ _ ?x] => assert (E := sum_update (part s) p x ps N I) end.
    unfold work at 2 4 in E. simpl in E. rewrite T in E. simpl in E. lia.
Qed.
(** The steps of a run by the participants [ps] are at most two for each block and one for each participant. *)
(*@ scan.seq.alone *)
Theorem every_run_ends ps steps s : NoDup ps -> Forall (fun p => In p ps) steps -> runs steps initial s ->
  length steps <= 2 * n + length ps.
Proof.
  intros N F R.
  assert (G : forall steps s s', Forall (fun p => In p ps) steps -> runs steps s s' ->
    length steps + measure ps s' <= measure ps s).
  { clear - N. intros steps s s' F R. induction R as [|p qs s s' s'' H _ IH]; simpl; [lia|].
    inversion F; subst. assert (M := measure_step ps p s s' N ltac:(auto) H). specialize (IH ltac:(auto)). lia. }
  specialize (G _ _ _ F R). unfold measure in G. simpl in G.
  assert (E : list_sum (map (fun _ => work {| todo := []; done := []; ended := false |}) ps) = length ps)
    by (clear; induction ps; simpl in *; auto).
  simpl in E. rewrite E in G. lia.
Qed.
(** A lone participant reads the whole table, whatever sizes it claims: when it cannot go on, all is read. *)
(*@ scan.seq.alone *)
Theorem lone_participant_finishes p steps s : Forall (fun q => q = p) steps -> runs steps initial s ->
  (forall s', ~ step p s s') -> over s /\ Permutation (done (part s p)) (seq 0 n).
Proof.
  intros F R Stuck.
  assert (Rs := reachable_runs _ _ _ reach_initial R).
  assert (O : forall q, q <> p -> part s q = {| todo := []; done := []; ended := false |}).
  { assert (G : forall a b, runs steps a b -> forall q, q <> p -> part b q = part a q).
    { clear - F. intros a b R. induction R as [|r rs a b c H _ IH]; auto. inversion F; subst.
      intros q Q. rewrite IH by auto. destruct H; simpl; now rewrite update_other. }
    intros q Q. now rewrite (G _ _ R q Q). }
  assert (V : over s).
  { destruct (nobody_waits s p) as [[E T]|[s' H]]; [|now apply Stuck in H]. split; [eauto|].
    intros q. destruct (Nat.eq_dec q p) as [->|Q]; auto. now rewrite O. }
  split; auto.
  assert (P := claims_partition s [p] Rs V). simpl in P. rewrite app_nil_r in P. apply P.
  - constructor; [easy|constructor].
  - intros q Q. rewrite O; [reflexivity|]. intros ->. apply Q. now left.
Qed.
End Scan.

(** ** PostgreSQL's sizes

    [chunk_first] is the size of a participant's first chunk, and [chunk_next] that of its next, by its last one and the
    last block of that (0 before the first claim). PostgreSQL 14 and later cut a scan into 2048 chunks at first, of at
    most 8192 blocks, and halve them when fewer than 64 are left. *)
Section Sizes.
Variables (chunks ramp largest : nat).
Hypothesis largest_pos : 0 < largest.
Variable n : nat.
Definition next_power_of_two m := 2 ^ Nat.log2_up m.
Definition chunk_first := min (next_power_of_two (max (n / chunks) 1)) largest.
Definition chunk_next c last := if (1 <? c) && (n - ramp * c <? last) then c / 2 else c.

(*@ scan.seq.chunk *)
Theorem chunk_first_positive : 0 < chunk_first.
Proof.
  unfold chunk_first, next_power_of_two.
  assert (H := Nat.pow_nonzero 2 (Nat.log2_up (max (n / chunks) 1)) ltac:(discriminate)). lia.
Qed.
(*@ scan.seq.chunk *)
Theorem chunk_next_positive c last : 0 < c -> 0 < chunk_next c last <= c.
Proof.
  unfold chunk_next. intros H. destruct (Nat.ltb_spec 1 c) as [L|L]; cbn [andb]; [|lia].
  destruct (n - ramp * c <? last); [|lia].
  split; [apply Nat.div_str_pos; lia|]. apply Nat.div_le_upper_bound; lia.
Qed.
(** Near the end a chunk is half of the one before, down to one block. *)
(*@ scan.seq.chunk *)
Theorem chunk_halves c last : 1 < c -> n - ramp * c < last -> chunk_next c last = c / 2.
Proof. intros H L. unfold chunk_next. apply Nat.ltb_lt in H, L. now rewrite H, L. Qed.
(** Tables of up to twice [chunks] blocks, less one, are claimed block by block. *)
(*@ scan.seq.chunk *)
Theorem small_tables_block_by_block last : 0 < chunks -> n < 2 * chunks -> chunk_first = 1 /\ chunk_next 1 last = 1.
Proof.
  intros C L. split; [|reflexivity]. unfold chunk_first, next_power_of_two.
  assert (H : n / chunks < 2) by (apply Nat.div_lt_upper_bound; lia).
  replace (max (n / chunks) 1) with 1 by lia. change (2 ^ Nat.log2_up 1) with 1. lia.
Qed.
(** Chunks are powers of two if the largest one is. *)
(*@ scan.seq.chunk *)
Theorem chunks_are_powers_of_two : (exists k, largest = 2 ^ k) ->
  (exists k, chunk_first = 2 ^ k) /\ forall c last, (exists k, c = 2 ^ k) -> exists k, chunk_next c last = 2 ^ k.
Proof.
  intros [l L]. split.
  - unfold chunk_first. rewrite L. unfold next_power_of_two.
    destruct (Nat.min_spec (2 ^ Nat.log2_up (max (n / chunks) 1)) (2 ^ l)) as [[_ ->]|[_ ->]]; eauto.
  - intros c last [k ->]. unfold chunk_next. destruct (_ && _) eqn:E; [|eauto].
    destruct k as [|k]; [discriminate|]. exists k. rewrite Nat.pow_succ_r', Nat.mul_comm. now apply Nat.div_mul.
Qed.

(** What a lone participant claims, as (first block, size), until the first claim beyond the end. *)
Fixpoint lone_claims fuel c last first : list (nat * nat) :=
  match fuel with
  | 0 => []
  | S fuel =>
      let c := chunk_next c last in
      if n <=? first then [] else (first, c) :: lone_claims fuel c (first + c - 1) (first + c)
  end.
Lemma lone_claims_cover fuel : forall c last first, 0 < c -> n - first <= fuel ->
  flat_map (fun k => range n (fst k) (snd k)) (lone_claims fuel c last first) = seq first (n - first).
Proof.
  induction fuel as [|fuel IH]; simpl; intros c last first C F.
  - now replace (n - first) with 0 by lia.
  - destruct (Nat.leb_spec n first) as [L|L]; [now replace (n - first) with 0 by lia|].
    assert (P := chunk_next_positive c last C). cbn [flat_map fst snd]. rewrite IH by lia.
    unfold range. set (k := chunk_next c last) in *.
    destruct (le_lt_dec n (first + k)) as [H|H].
    + rewrite Nat.min_r by lia. replace (n - (first + k)) with 0 by lia. apply app_nil_r.
    + rewrite Nat.min_l by lia. replace (first + k - first) with k by lia.
      replace (n - first) with (k + (n - (first + k))) by lia. now rewrite seq_app.
Qed.
(** The schedule ends, after at most one claim for each block, and covers the table in order. *)
(*@ scan.seq.chunk, scan.seq.alone *)
Theorem lone_schedule_covers :
  flat_map (fun k => range n (fst k) (snd k)) (lone_claims n chunk_first 0 0) = seq 0 n.
Proof. rewrite lone_claims_cover; [|apply chunk_first_positive|lia]. now rewrite Nat.sub_0_r. Qed.
End Sizes.

Definition postgres_chunk_first := chunk_first (2 ^ 11) (2 ^ 13).
Definition postgres_chunk_next := chunk_next (2 ^ 6).
Definition postgres_lone_claims n := lone_claims (2 ^ 6) n n (postgres_chunk_first n) 0 0.
(*@ scan.seq.chunk, scan.seq.alone *)
Theorem postgres_schedule_covers n :
  flat_map (fun k => range n (fst k) (snd k)) (postgres_lone_claims n) = seq 0 n.
Proof. apply lone_schedule_covers. apply Nat.neq_0_lt_0. now apply Nat.pow_nonzero. Qed.
