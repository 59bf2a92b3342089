(** * Who runs which input of a Parallel Append

    The participants share, under a lock, a set of inputs that are finished. A participant that looks for work takes any
    input that is not: the leader from the last one down, workers round and round; the theorems do not depend on it. An
    input that is not partial (nothing in it divides its rows) is marked finished as soon as somebody has taken it, a
    partial one when somebody has exhausted it.

    Rust: [parallel/src/protocol/append_claim.rs]. *)
Require Import List Arith Lia Bool.
Import ListNotations.

Section Append.
Variable inputs : nat.
Variable partial : nat -> bool.

(** What is marked as finished, and who has taken what, the latest first. *)
Record state := { finished : nat -> bool; taken : list (nat * nat) }.
Definition initial := {| finished := fun _ => false; taken := [] |}.
Definition mark (f : nat -> bool) i := fun j => (j =? i) || f j.
Inductive step : state -> state -> Prop :=
| step_take p i s : i < inputs -> finished s i = false ->
    step s {| finished := if partial i then finished s else mark (finished s) i; taken := (p, i) :: taken s |}
| step_exhaust p i s : In (p, i) (taken s) ->
    step s {| finished := mark (finished s) i; taken := taken s |}.
Inductive reachable : state -> Prop :=
| reach_initial : reachable initial
| reach_step s s' : reachable s -> step s s' -> reachable s'.

Definition takers s i := filter (fun c => snd c =? i) (taken s).
Record invariant s : Prop := {
  inv_once : forall i, partial i = false -> length (takers s i) = if finished s i then 1 else 0;
  inv_taken : forall i, finished s i = true -> exists p, In (p, i) (taken s)
}.
Lemma taker s p i : In (p, i) (taken s) -> takers s i <> [].
Proof.
  intros I E. assert (J : In (p, i) (takers s i)) by (apply filter_In; split; auto; apply Nat.eqb_refl).
  rewrite E in J. destruct J.
Qed.
Lemma invariant_holds s : reachable s -> invariant s.
Proof.
  induction 1 as [|s s' _ [O T] H]; [split; simpl; easy|].
  destruct H as [p i s L F|p i s I]; split; simpl; unfold mark.
  - intros j P. unfold takers in *; simpl. destruct (Nat.eqb_spec i j) as [E|N].
    + subst j. rewrite P. simpl. rewrite Nat.eqb_refl. simpl. now rewrite (O i P), F.
    + rewrite (O j P). destruct (partial i); auto. apply not_eq_sym, Nat.eqb_neq in N. now rewrite N.
  - intros j G. destruct (partial i); [destruct (T j G) as [q J]; exists q; now right|].
    destruct (Nat.eqb_spec j i) as [E|N]; [exists p; subst; now left|].
    destruct (T j G) as [q J]. exists q. now right.
  - intros j P. unfold takers in *; simpl. rewrite (O j P). destruct (Nat.eqb_spec j i) as [E|N]; auto. subst j. simpl.
    destruct (finished s i) eqn:G; auto. exfalso.
    apply (taker s p i I). specialize (O i P). rewrite G in O. unfold takers. now destruct (filter _ _).
  - intros j G. destruct (Nat.eqb_spec j i) as [E|N]; subst; eauto.
Qed.
(** At any moment of any run an input that is not partial has been taken at most once. *)
(*@ scan.append.claim *)
Theorem append_input_at_most_once s i : reachable s -> partial i = false -> length (takers s i) <= 1.
Proof. intros R P. rewrite (inv_once s (invariant_holds s R) i P). destruct (finished s i); lia. Qed.
(** When somebody finds nothing left, each input has been taken, and each that is not partial by exactly one. *)
(*@ scan.append.claim *)
Theorem append_inputs_all_taken s : reachable s -> (forall i, i < inputs -> finished s i = true) ->
  forall i, i < inputs ->
    (exists p, In (p, i) (taken s)) /\ (partial i = false -> length (takers s i) = 1).
Proof.
  intros R F i L. destruct (invariant_holds s R) as [O T]. split; [auto|].
  intros P. now rewrite (O i P), (F i L).
Qed.
End Append.
