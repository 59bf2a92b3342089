(** * Minima over any order, and aggregates that concatenate

    min and max over a type whose equal values may look different (numeric 1.0 and 1.00, text under a collation) are
    associative but not commutative: which of the equal values is shown depends on who came first. Every run shows a
    least value, though. string_agg is associative only, as it should be.

    Rust: [spec/src/agg/min_max.rs], [string_agg.rs]. *)
Require Import List Permutation Arith Lia Setoid Morphisms.
Require Import Bothways.AggLaws Bothways.AggInst.
Import ListNotations.

(** A strict aggregate over a semigroup that need not commute keeps to order-preserving trees. *)
(*@ law.order *)
Theorem strict_hlaws {A} (op : A -> A -> A) : (forall x y z, op x (op y z) = op (op x y) z) -> HLaws (strict op).
Proof.
  intros As. constructor; simpl.
  - intros [?|] _; reflexivity.
  - intros [?|] [?|] ? _ _; simpl; try reflexivity. now rewrite As.
Qed.

Section Least.
Context {V : Type} (leb : V -> V -> bool).
Hypothesis leb_total : forall a b, leb a b = true \/ leb b a = true.
Hypothesis leb_trans : forall a b c, leb a b = true -> leb b c = true -> leb a c = true.
(** The first of two equal values stays. The greatest value is the least of the opposite order. *)
Definition least a b := if leb a b then a else b.
Definition min_by := strict least.

Lemma least_assoc a b c : least a (least b c) = least (least a b) c.
Proof.
  unfold least. destruct (leb a b) eqn:AB, (leb b c) eqn:BC; rewrite ?AB, ?BC; auto.
  - now rewrite (leb_trans a b c AB BC).
  - destruct (leb a c) eqn:AC; auto. destruct (leb_total c b) as [CB|]; [|congruence].
    now rewrite (leb_trans a c b AC CB) in AB.
Qed.
(*@ agg.min, law.order *)
Theorem min_by_hom : HLaws min_by.
Proof. apply strict_hlaws. exact least_assoc. Qed.
(** Where equal values are identical, min is lawful. *)
(*@ agg.min *)
Theorem min_by_ok : (forall a b, leb a b = true -> leb b a = true -> a = b) -> Laws min_by.
Proof.
  intros Anti. apply strict_laws; [|exact least_assoc]. intros a b. unfold least.
  destruct (leb a b) eqn:AB, (leb b a) eqn:BA; auto. destruct (leb_total a b); congruence.
Qed.
Lemma min_by_least xs : match partial min_by xs with
  | None => xs = []
  | Some m => In m xs /\ forall x, In x xs -> leb m x = true
  end.
Proof.
  assert (R : forall a, leb a a = true) by (intros a; now destruct (leb_total a a)).
  induction xs as [|x xs IH] using rev_ind; [reflexivity|].
  unfold partial, fold_from in *. rewrite fold_left_app. simpl in *.
  destruct (fold_left _ xs None) as [m|]; simpl.
  - destruct IH as [I H]. unfold least. destruct (leb m x) eqn:L; split.
    + apply in_or_app. now left.
    + intros y J. apply in_app_or in J. destruct J as [J|[<-|[]]]; auto.
    + apply in_or_app. right. now left.
    + destruct (leb_total m x) as [|G]; [congruence|].
      intros y J. apply in_app_or in J. destruct J as [J|[<-|[]]]; auto. apply (leb_trans x m y G). auto.
  - subst. simpl. split; [now left|]. intros y [<-|[]]. apply R.
Qed.
(** Any split and any order: the answer is NULL on both sides, or two values that the order holds for equal. *)
(*@ agg.min.ties *)
Theorem min_by_ties t rows : Permutation (rows_of t) rows ->
  match fin min_by (run min_by t), serial min_by rows with
  | None, None => True
  | Some a, Some b => leb a b = true /\ leb b a = true
  | _, _ => False
  end.
Proof.
  intros P. unfold serial. assert (E := ordered_tree_correct min_by min_by_hom t). simpl in E |- *. rewrite E.
  assert (A := min_by_least (rows_of t)). assert (B := min_by_least rows).
  destruct (partial min_by (rows_of t)) as [a|], (partial min_by rows) as [b|]; auto.
  - destruct A as [A HA], B as [B HB]. split.
    + apply HA. apply (Permutation_in b (Permutation_sym P) B).
    + apply HB. apply (Permutation_in a P A).
  - subst rows. destruct A as [A _]. apply (Permutation_in a P) in A. destruct A.
  - rewrite A in P. destruct B as [B _]. apply (Permutation_in b (Permutation_sym P)) in B. destruct B.
Qed.
End Least.
(** With ties the order of rows does show. *)
(*@ agg.min.ties *)
Theorem min_by_not_lawful_with_ties : ~ Laws (@min_by bool (fun _ _ => true)).
Proof.
  intros [_ C]. specialize (C (Some true) (Some false)). simpl in C. unfold least in C.
  discriminate C; [exists [true]|exists [false]]; reflexivity.
Qed.

(** ** string_agg

    PostgreSQL keeps the text so far with every delimiter in it, also the first one, and how long that one is; the final
    function cuts it off. So a combine is an append, and the delimiter between two parts is that of the later row. *)
Section StringAgg.
Context {C : Type}.
Definition piece := (list C * list C)%type. (* delimiter, value *)
Definition string_state := option (nat * list C).
Definition string_trans (s : string_state) (r : piece) : string_state :=
  match s with
  | None => Some (length (fst r), fst r ++ snd r)
  | Some (k, text) => Some (k, text ++ fst r ++ snd r)
  end.
Definition string_comb (s t : string_state) : string_state :=
  match s, t with
  | None, t => t
  | s, None => s
  | Some (k, x), Some (_, y) => Some (k, x ++ y)
  end.
Definition string_final (s : string_state) : option (list C) :=
  match s with None => None | Some (k, text) => Some (skipn k text) end.
#[local] Obligation Tactic := try solve [typeclasses eauto | intros ? ? -> ? ? ->; reflexivity | intros ? ? ->; reflexivity].
Program Definition string_agg : Agg piece (option (list C)) := {|
  st := string_state; init := None; trans := string_trans; comb := string_comb; fin := string_final; eqv := eq |}.
(*@ agg.string-agg, law.order *)
Theorem string_agg_hom : HLaws string_agg.
Proof.
  constructor; simpl.
  - intros [[? ?]|] _; reflexivity.
  - intros [[? ?]|] [[? ?]|] ? _ _; simpl; auto. now rewrite !app_assoc.
Qed.
(** What it shows: the first value, and each later one behind its delimiter. *)
(*@ agg.string-agg *)
Theorem string_agg_shows d v rest :
  serial string_agg ((d, v) :: rest) = Some (v ++ flat_map (fun r => fst r ++ snd r) rest).
Proof.
  unfold serial, partial, fold_from. simpl.
  assert (G : forall rs k text, fold_left string_trans rs (Some (k, text)) =
    Some (k, text ++ flat_map (fun r => fst r ++ snd r) rs)).
  { induction rs as [|r rs IH]; intros k text; simpl; [now rewrite app_nil_r|]. now rewrite IH, <- app_assoc. }
  rewrite G. simpl. rewrite <- app_assoc, skipn_app, skipn_all, Nat.sub_diag. reflexivity.
Qed.
End StringAgg.
(*@ agg.string-agg.order, law.order *)
Theorem string_agg_not_comm : ~ Laws (@string_agg bool).
Proof.
  intros [_ C].
  specialize (C (Some (0, [true])) (Some (0, [false]))). simpl in C.
  discriminate C; [exists [([], [true])]|exists [([], [false])]]; reflexivity.
Qed.
