(** * States that travel as bytes

    A worker may send a transition state to the leader as bytes (aggregates of PostgreSQL whose state type is internal
    declare a serialize and a deserialize function). It is enough that reading back what was written gives an EQUIVALENT
    state: then it cannot be seen from the answer on which edges of a combine tree states crossed as bytes, nor how
    often. The rest of the theory of combining is in [AggLaws.v]. *)
Require Import List Permutation Setoid Morphisms RelationClasses.
Require Import Bothways.AggLaws.
Import ListNotations.

Section Codec.
Context {row out bytes : Type} (a : Agg row out).
Variable ser : st a -> bytes.
Variable de : bytes -> option (st a). (* None: the bytes are refused *)
Infix "==" := (eqv a) (at level 70).

(** Bytes that were written are never refused, and mean what was sent. Only reachable states are ever written. *)
Definition RoundTrip := forall s, reach a s -> exists s', de (ser s) = Some s' /\ s' == s.

(** A combine tree some of whose edges are crossed as bytes, some of them several times. *)
Inductive wire_tree :=
| WLeaf (xs : list row)
| WNode (l r : wire_tree)
| Wire (t : wire_tree).
Fixpoint wire_rows t := match t with WLeaf xs => xs | WNode l r => wire_rows l ++ wire_rows r | Wire t => wire_rows t end.
(** The same tree inside one process. *)
Fixpoint unwire t : tree := match t with WLeaf xs => Leaf xs | WNode l r => Node (unwire l) (unwire r) | Wire t => unwire t end.
(** The run of such a tree; [None] if some bytes are refused. *)
Fixpoint wire_run t : option (st a) :=
  match t with
  | WLeaf xs => Some (partial a xs)
  | WNode l r => match wire_run l, wire_run r with Some s, Some t => Some (comb a s t) | _, _ => None end
  | Wire t => match wire_run t with Some s => de (ser s) | None => None end
  end.
Lemma unwire_rows t : rows_of (unwire t) = wire_rows t.
Proof. induction t; simpl; congruence. Qed.
Lemma reach_eqv s s' : reach a s -> s' == s -> reach a s'.
Proof. intros [xs H] E. exists xs. now rewrite E. Qed.

Section Sound.
Hypothesis RT : RoundTrip.
Hypothesis L : HLaws a.
Lemma wire_run_partial t : exists s, wire_run t = Some s /\ s == partial a (wire_rows t).
Proof.
  induction t as [xs|l (s & W & E) r (s' & W' & E')|t (s & W & E)]; simpl; try rewrite W; try rewrite W'.
  - exists (partial a xs). split; reflexivity.
  - exists (comb a s s'). split; auto. now rewrite E, E', (comb_partial a L).
  - assert (R : reach a s) by (apply (reach_eqv (partial a (wire_rows t))); auto using reach_partial).
    destruct (RT s R) as (s' & H & K). exists s'. split; auto. now rewrite K.
Qed.
(** Crossing as bytes is invisible: the state is that of the same tree inside one process. *)
(*@ law.bytes *)
Theorem wire_is_invisible t : exists s, wire_run t = Some s /\ s == run a (unwire t).
Proof.
  destruct (wire_run_partial t) as (s & H & E). exists s. split; auto.
  now rewrite E, (ordered_tree_correct a L), unwire_rows.
Qed.
(** Trees that keep the order of rows need no commutativity. *)
(*@ law.bytes, law.order *)
Theorem wire_ordered_correct t : exists s, wire_run t = Some s /\ fin a s = serial a (wire_rows t).
Proof.
  destruct (wire_run_partial t) as (s & H & E). exists s. split; auto. unfold serial. now rewrite E.
Qed.
End Sound.

(** Any assignment of rows to participants, any combine tree, any edges crossed as bytes: the serial answer. *)
(*@ law.bytes, law.split *)
Theorem wire_correct : RoundTrip -> Laws a -> forall t rows, Permutation (wire_rows t) rows ->
  exists s, wire_run t = Some s /\ fin a s = serial a rows.
Proof.
  intros RT L t rows P. destruct (wire_is_invisible RT (L_hom a L) t) as (s & H & E).
  exists s. split; auto. rewrite E. apply tree_correct; auto. now rewrite unwire_rows.
Qed.
(** The shape of PostgreSQL: each worker sends its state as bytes, and the leader combines them as they arrive. *)
(*@ law.bytes, plan.aggregate.finalize *)
Theorem wire_gather_correct : RoundTrip -> Laws a -> forall (parts : list (list row)) rows,
  Permutation (concat parts) rows ->
  exists s, wire_run (fold_left (fun t xs => WNode t (Wire (WLeaf xs))) parts (WLeaf [])) = Some s /\
    fin a s = serial a rows.
Proof.
  intros RT L parts rows P. apply wire_correct; auto. rewrite <- P.
  assert (G : forall ps t, wire_rows (fold_left (fun t xs => WNode t (Wire (WLeaf xs))) ps t) = wire_rows t ++ concat ps).
  { induction ps as [|p ps IH]; intros t; simpl; [now rewrite app_nil_r|]. rewrite IH. simpl. now rewrite app_assoc. }
  now rewrite G.
Qed.
(** The law asks for no more than that: if crossing is invisible on every tree, states round-trip. It is stated for one
    representative of each class of equivalent states, since only those are ever written. *)
(*@ law.bytes *)
Theorem round_trip_necessary :
  (forall t, exists s, wire_run t = Some s /\ s == run a (unwire t)) ->
  forall xs, exists s', de (ser (partial a xs)) = Some s' /\ s' == partial a xs.
Proof. intros H xs. exact (H (Wire (WLeaf xs))). Qed.
End Codec.
