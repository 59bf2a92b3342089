(** * Sums of numerics, intervals and powers

    The states that PostgreSQL keeps for numeric arguments, and the power sums of pairs that regression and covariance are
    made of. All of it is addition of exact numbers, component by component, so any split and any order give one state;
    what is special about NaN and the infinities is counted and decided in the final function.

    Rust: [spec/src/agg/moments.rs], [sum_numeric.rs], [sum_interval.rs]. *)
Require Import List ZArith QArith Qfield Lia Setoid Morphisms.
Require Import Bothways.AggLaws Bothways.AggInst.
Import ListNotations.
Local Open Scope Z_scope.

(** ** Decimal numbers with a display scale

    A number is digits over a power of ten. A sum has the larger scale of its operands, so 1.5 + 1.50 is 3.00. *)
Definition decimal := (Z * nat)%type.
Definition ten k := 10 ^ Z.of_nat k.
Definition dec_add (x y : decimal) : decimal :=
  let s := Nat.max (snd x) (snd y) in (fst x * ten (s - snd x) + fst y * ten (s - snd y), s).

Lemma ten_pos k : 0 < ten k. Proof. unfold ten. apply Z.pow_pos_nonneg; lia. Qed.
Lemma ten_split a b c : (a <= b)%nat -> (b <= c)%nat -> ten (c - a) = ten (b - a) * ten (c - b).
Proof. intros H K. unfold ten. rewrite <- Z.pow_add_r by lia. f_equal. lia. Qed.
Lemma dec_add_comm x y : dec_add x y = dec_add y x.
Proof. unfold dec_add. rewrite (Nat.max_comm (snd y)). f_equal. apply Z.add_comm. Qed.
Lemma dec_add_assoc x y z : dec_add x (dec_add y z) = dec_add (dec_add x y) z.
Proof.
  destruct x as [a s], y as [b t], z as [c u]. unfold dec_add; cbn [fst snd].
  rewrite Nat.max_assoc. f_equal. set (m := Nat.max (Nat.max s t) u).
  assert (S := ten_split s (Nat.max s t) m ltac:(lia) ltac:(lia)).
  assert (U := ten_split u (Nat.max t u) m ltac:(lia) ltac:(lia)).
  assert (T := ten_split t (Nat.max t u) m ltac:(lia) ltac:(lia)).
  rewrite (ten_split t (Nat.max s t) m) in T by lia.
  rewrite S, U, !Z.mul_add_distr_r, <- !Z.mul_assoc, T. ring.
Qed.
Lemma dec_add_0 x : dec_add x (0, 0%nat) = x.
Proof.
  destruct x as [a s]. unfold dec_add; cbn [fst snd]. rewrite Nat.max_0_r, Nat.sub_diag.
  f_equal. change (ten 0) with 1. lia.
Qed.
Definition dec_value (x : decimal) : Q := fst x # Z.to_pos (ten (snd x)).
(** The digits are those of the exact sum. *)
(*@ agg.sum.numeric, value.numeric.add *)
Theorem dec_add_exact x y : (dec_value (dec_add x y) == dec_value x + dec_value y)%Q.
Proof.
  destruct x as [a s], y as [b t]. unfold dec_value, dec_add, Qeq; cbn [fst snd Qnum Qden Qplus].
  rewrite Pos2Z.inj_mul, !Z2Pos.id by apply ten_pos.
  set (m := Nat.max s t).
  assert (S := ten_split 0 s m ltac:(lia) ltac:(lia)). assert (T := ten_split 0 t m ltac:(lia) ltac:(lia)).
  rewrite !Nat.sub_0_r in *.
  replace ((a * ten (m - s) + b * ten (m - t)) * (ten s * ten t))
    with (a * ten t * (ten s * ten (m - s)) + b * ten s * (ten t * ten (m - t))) by ring.
  rewrite <- S, <- T. ring.
Qed.

(** ** sum and avg of numeric: finite parts are added, special values are counted *)
Inductive numeric := Finite (x : decimal) | NaN | Infinity | NegInfinity.
Record special := { nans : Z; infinities : Z; neg_infinities : Z; finites : Z }.
Definition numeric_state := (decimal * special)%type.
Definition special_add p q := {| nans := nans p + nans q; infinities := infinities p + infinities q;
  neg_infinities := neg_infinities p + neg_infinities q; finites := finites p + finites q |}.
Definition numeric_add (s t : numeric_state) : numeric_state := (dec_add (fst s) (fst t), special_add (snd s) (snd t)).
Definition numeric_zero : numeric_state := ((0, 0%nat), {| nans := 0; infinities := 0; neg_infinities := 0; finites := 0 |}).
Definition numeric_of (x : numeric) : numeric_state :=
  match x with
  | Finite d => (d, {| nans := 0; infinities := 0; neg_infinities := 0; finites := 1 |})
  | NaN => ((0, 0%nat), {| nans := 1; infinities := 0; neg_infinities := 0; finites := 0 |})
  | Infinity => ((0, 0%nat), {| nans := 0; infinities := 1; neg_infinities := 0; finites := 0 |})
  | NegInfinity => ((0, 0%nat), {| nans := 0; infinities := 0; neg_infinities := 1; finites := 0 |})
  end.
(** NaN wins, and so do infinities of both signs; without rows the sum is NULL. *)
Definition numeric_sum_final (s : numeric_state) : option numeric :=
  let c := snd s in
  if nans c + infinities c + neg_infinities c + finites c =? 0 then None
  else if (0 <? nans c) || ((0 <? infinities c) && (0 <? neg_infinities c)) then Some NaN
  else if 0 <? infinities c then Some Infinity
  else if 0 <? neg_infinities c then Some NegInfinity
  else Some (Finite (fst s)).
Definition numeric_moments {out} (f : numeric_state -> out) : Agg (option numeric) out :=
  nullskip (mono numeric_zero numeric_add numeric_of f).
(** Whatever the final function: sum and avg have the same states. *)
(*@ agg.sum.numeric, agg.numeric.exact, agg.numeric.special *)
Theorem numeric_moments_ok {out} (f : numeric_state -> out) : Laws (numeric_moments f).
Proof.
  apply pre_laws, mono_laws; unfold numeric_add, special_add.
  - intros [d [n i j k]]. cbn -[dec_add]. rewrite dec_add_0. do 2 f_equal; lia.
  - intros [d [n i j k]] [d' [n' i' j' k']]. cbn -[dec_add]. rewrite dec_add_comm. do 2 f_equal; lia.
  - intros [d [n i j k]] [d' [n' i' j' k']] [d'' [n'' i'' j'' k'']]. cbn -[dec_add]. rewrite dec_add_assoc.
    do 2 f_equal; lia.
Qed.
Definition numeric_sum := numeric_moments numeric_sum_final.

(** ** sum of intervals: months, days and microseconds are added apart, as long as none overflows *)
Definition interval := (Z * (Z * Z))%type.
Definition interval_add (x y : interval) : interval :=
  (fst x + fst y, (fst (snd x) + fst (snd y), snd (snd x) + snd (snd y))).
Definition sum_interval : Agg (option interval) (option interval) := nullskip (strict interval_add).
(*@ agg.sum.interval *)
Theorem sum_interval_ok : Laws sum_interval.
Proof.
  apply pre_laws, strict_laws; unfold interval_add.
  - intros [? [? ?]] [? [? ?]]; cbn; f_equal; [lia|f_equal; lia].
  - intros [? [? ?]] [? [? ?]] [? [? ?]]; cbn; f_equal; [lia|f_equal; lia].
Qed.

(** ** Power sums over the rationals

    [sum_of f] adds up [f] of each row; products of such sums are all power sums, of one variable or several. *)
Local Open Scope Q_scope.
#[local] Arguments Qred : simpl never.
Section PowerSums.
Context {row : Type}.
#[local] Obligation Tactic := try solve [typeclasses eauto].
Program Definition sum_of (f : row -> Q) : Agg row Q := {|
  st := Q; init := 0; trans s x := s + f x; comb := Qplus; fin := Qred; eqv := Qeq |}.
Next Obligation. intros f s t E x ? <-. now rewrite E. Qed.
Next Obligation. intros f s t E. now apply Qred_complete. Qed.
(*@ agg.numeric.exact *)
Theorem sum_of_ok f : Laws (sum_of f).
Proof. constructor; [constructor|]; simpl; intros; ring. Qed.
End PowerSums.

(** The moments of pairs, (N, Sx, Sxx, Sy, Syy, Sxy): covar_pop, corr, regr_slope and the other aggregates of two arguments
    are functions of them. Only pairs without a NULL count. *)
Definition both (p : option Q * option Q) : option (Q * Q) :=
  match p with (Some x, Some y) => Some (x, y) | _ => None end.
Definition pair_moments := pre_agg
  (prod_agg count_star (prod_agg (sum_of (fun p : Q * Q => fst p)) (prod_agg (sum_of (fun p => fst p * fst p))
    (prod_agg (sum_of (fun p => snd p)) (prod_agg (sum_of (fun p => snd p * snd p)) (sum_of (fun p => fst p * snd p)))))))
  both.
(*@ law.product, agg.regression.moments *)
Theorem pair_moments_ok {out} (f : _ -> out) : Laws (map_result pair_moments f).
Proof. apply map_result_laws, pre_laws. repeat apply prod_laws; auto using sum_of_ok, count_star_ok. Qed.
Definition covar_pop := map_result pair_moments (fun m =>
  let '(n, (sx, (_, (sy, (_, sxy))))) := m in
  if (n =? 0)%Z then None else Some (Qred ((sxy - sx * sy / inject_Z n) / inject_Z n))).
