(* The extracted oracle: what the program `oracle` knows, taken from the model and from nowhere else.

   An entry of the catalogue holds an aggregate of `AggInst` *and the proof of its law*, so the program cannot know an
   aggregate that the model has not proved. Answers are shown in one type, so that the program prints them all alike; how a
   result is shown is composed after the final function and changes no law. *)
Require Import List ZArith QArith Bool Morphisms String.
Require Import Bothways.AggLaws Bothways.AggInst Bothways.AggNumeric Bothways.AggOrder Bothways.Values Bothways.PlanTypes Bothways.PlanJoin.
Import ListNotations.
Local Open Scope Z_scope.

Inductive answer :=
| Null
| Int (z : Z)
| Ratio (numerator denominator : Z)
| Truth (b : bool)
| Raised
| Items (xs : list Z)
| Decimal (digits : Z) (scale : nat)  (* digits over ten to the scale, shown with as many digits after the point *)
| Special (name : string)
| Chars (xs : list Z).                (* characters by their codes *)

(* ---- how results are shown ---- *)
Lemma shown_proper {row o1} (a : Agg row o1) (f : o1 -> answer) : Proper (eqv a ==> eq) (fun s => f (fin a s)).
Proof. intros s t H. now rewrite (fin_proper _ _ a s t H). Qed.
Definition shown {row o1} (a : Agg row o1) (f : o1 -> answer) : Agg row answer :=
  with_final a (fun s => f (fin a s)) (shown_proper a f).
Definition shown_laws {row o1} (a : Agg row o1) f (H : Laws a) : Laws (shown a f) := with_final_laws a _ (shown_proper a f) H.
Definition shown_hlaws {row o1} (a : Agg row o1) f (H : HLaws a) : HLaws (shown a f) := with_final_hlaws a _ (shown_proper a f) H.

Definition or_null {A} (f : A -> answer) (x : option A) : answer := match x with Some y => f y | None => Null end.
Definition ratio (q : Q) : answer := Ratio (Qnum q) (Zpos (Qden q)).

(* ---- the variance of a sample: the states of `var_ps`, divided by N - 1 ---- *)
Section Sample.
Local Open Scope Q_scope.
#[local] Arguments Qred : simpl never.
Definition sample_fin (s : psum) : option Q :=
  if (fst s <=? 1)%Z then None
  else Some (Qred ((snd (snd s) - fst (snd s) * fst (snd s) / inject_Z (fst s)) / inject_Z (fst s - 1))).
Lemma sample_fin_proper : Proper (eqv var_ps ==> eq) sample_fin.
Proof.
  intros [? [? ?]] [? [? ?]] (E&F&G). unfold sample_fin; simpl in *. subst.
  destruct (_ <=? _)%Z; auto. f_equal. apply Qred_complete. now rewrite F, G.
Qed.
End Sample.
Definition var_samp_ps : Agg Q (option Q) := with_final var_ps sample_fin sample_fin_proper.
Lemma var_samp_ps_ok : Laws var_samp_ps. Proof. exact (with_final_laws _ _ _ var_ps_ok). Qed.
(* ---- arguments ---- *)
Theorem pre_hlaws {r1 r2 o} (a : Agg r2 o) (f : r1 -> option r2) : HLaws a -> HLaws (pre_agg a f).
Proof.
  intros A. constructor; simpl.
  - intros s R. apply (L_unit a A). now apply (pre_reach a f).
  - intros s t x R R'. destruct (f x); [|reflexivity]. apply (L_absorb a A); now apply (pre_reach a f).
Qed.
(* of integers, NULL skipped *)
Definition of_integers {O} (a : Agg Q O) : Agg (option Z) O := pre_agg a (option_map inject_Z).
Definition of_integers_ok {O} (a : Agg Q O) (H : Laws a) : Laws (of_integers a) := pre_laws a _ H.

(* ---- FILTER (WHERE x > 0): NULL is not greater ---- *)
Definition positive (x : option Z) : option (option Z) :=
  match x with Some z => if 0 <? z then Some x else None | None => None end.
Definition filtered {O} (a : Agg (option Z) O) : Agg (option Z) O := pre_agg a positive.
Definition filtered_ok {O} (a : Agg (option Z) O) (H : Laws a) : Laws (filtered a) := pre_laws a _ H.

(* ---- sums that are checked at every step: the months of an interval are 32 bits wide ---- *)
Definition sum_months : Agg (option Z) (option (option Z)) :=
  nullskip (with_final
    (prod_agg (mono 0 Z.add (fun _ : Z => 1) (fun n => n)) (sum_step (-2147483648) 2147483647))
    (fun s => if fst s =? 0 then None else Some (snd s))
    ltac:(intros [m s] [n t] [E F]; simpl in *; now subst)).

(* ---- the catalogue ---- *)
Inductive law {row} (a : Agg row answer) : Type :=
| AnyOrder (ok : Laws a)
| InputOrder (ok : HLaws a)
| ErrorPartial.  (* values agree (sum_step_agree), errors need not: no law to prove *)
Record entry (row : Type) := Entry { name : string; agg : Agg row answer; law_of : law agg }.
Arguments Entry {row} _ _ _. Arguments name {row} _. Arguments agg {row} _. Arguments law_of {row} _.

Definition any_order {row o} (n : string) (a : Agg row o) (f : o -> answer) (H : Laws a) : entry row :=
  Entry n (shown a f) (AnyOrder _ (shown_laws a f H)).
Definition input_order {row o} (n : string) (a : Agg row o) (f : o -> answer) (H : HLaws a) : entry row :=
  Entry n (shown a f) (InputOrder _ (shown_hlaws a f H)).

Local Open Scope string_scope.
Definition integers (_ : unit) : list (entry (option Z)) :=
 [any_order "count(*)" count_star Int (count_star_ok _);
  any_order "count" count_arg Int (count_arg_ok _);
  any_order "sum" sum_Z (or_null Int) sum_Z_ok;
  any_order "avg" avg_Z (or_null (fun p => Ratio (fst p) (snd p))) avg_Z_ok;
  any_order "min" min_Z (or_null Int) min_Z_ok;
  any_order "max" max_Z (or_null Int) max_Z_ok;
  any_order "bit_and" bit_and (or_null Int) bit_and_ok;
  any_order "bit_or" bit_or (or_null Int) bit_or_ok;
  any_order "bit_xor" bit_xor (or_null Int) bit_xor_ok;
  any_order "var_pop" (of_integers var_ps) (or_null ratio) (of_integers_ok _ var_ps_ok);
  any_order "var_samp" (of_integers var_samp_ps) (or_null ratio) (of_integers_ok _ var_samp_ps_ok);
  any_order "count(*) filter (x > 0)" (filtered count_star) Int (filtered_ok _ (count_star_ok _));
  any_order "sum filter (x > 0)" (filtered sum_Z) (or_null Int) (filtered_ok _ sum_Z_ok)].
Definition truths (_ : unit) : list (entry (option bool)) :=
 [any_order "bool_and" bool_and (or_null Truth) bool_and_ok;
  any_order "every" bool_and (or_null Truth) bool_and_ok;
  any_order "bool_or" bool_or (or_null Truth) bool_or_ok].
(* NULL is skipped, as string_agg skips it *)
Definition ordered (_ : unit) : list (entry (option Z)) :=
 [input_order "array_agg" (nullskip array_agg) Items (pre_hlaws _ _ (array_agg_hom Z))].
Definition checked (_ : unit) : list (entry (option Z)) :=
 [Entry "sum of months" (shown sum_months (or_null (fun s => match s with Some z => Int z | None => Raised end))) (ErrorPartial _)].

(* ---- decimals, intervals, texts ---- *)
Definition shown_numeric (x : numeric) : answer := match x with
  | Finite d => Decimal (fst d) (snd d)
  | NaN => Special "NaN" | Infinity => Special "Infinity" | NegInfinity => Special "-Infinity" end.
(* the sum over the count, which special values make special *)
Definition numeric_avg_final (s : numeric_state) : answer := match numeric_sum_final s with
  | None => Null
  | Some (Finite d) => Ratio (fst d) (ten (snd d) * finites (snd s))%Z
  | Some special => shown_numeric special end.
Definition decimals (_ : unit) : list (entry (option numeric)) :=
 [any_order "sum" numeric_sum (or_null shown_numeric) (numeric_moments_ok _);
  any_order "avg" (numeric_moments numeric_avg_final) (fun x => x) (numeric_moments_ok _)].
Definition intervals (_ : unit) : list (entry (option interval)) :=
 [any_order "sum" sum_interval (or_null (fun x => Items [fst x; fst (snd x); snd (snd x)])) sum_interval_ok].
(* rows are a value, which may be NULL, and the delimiter before it *)
Definition text_row := (option (list Z) * list Z)%type.
Definition piece_of (r : text_row) : option (list Z * list Z) :=
  match fst r with Some value => Some (snd r, value) | None => None end.
Definition texts (_ : unit) : list (entry text_row) :=
 [input_order "string_agg" (pre_agg string_agg piece_of) (or_null Chars) (pre_hlaws _ _ string_agg_hom)].

(* ---- runs ---- *)
Definition answer_serial {row} (e : entry row) (xs : list row) : answer := serial (agg e) xs.
Definition answer_tree {row} (e : entry row) (t : tree) : answer := fin (agg e) (run (agg e) t).
(* PostgreSQL's Finalize: combine into the initial state, part after part *)
Definition answer_gather {row} (e : entry row) (parts : list (list row)) : answer :=
  fin (agg e) (fold_left (comb (agg e)) (map (partial (agg e)) parts) (init (agg e))).

(* ---- formulas: SQL text beside its meaning in Values.v ---- *)
Record formula (arg : Type) := Formula { sql : string; formula_clause : string; arity : nat; value_of : list arg -> answer }.
Arguments Formula {arg} _ _ _ _. Arguments sql {arg} _. Arguments formula_clause {arg} _.
Arguments arity {arg} _. Arguments value_of {arg} _ _.
Section Formulas.
Context {arg : Type}.
(* the driver gives as many arguments as [arity] says *)
Definition unary s c (f : arg -> answer) := Formula s c 1 (fun l => match l with [x] => f x | _ => Raised end).
Definition binary s c (f : arg -> arg -> answer) := Formula s c 2 (fun l => match l with [x; y] => f x y | _ => Raised end).
Definition ternary s c (f : arg -> arg -> arg -> answer) :=
  Formula s c 3 (fun l => match l with [x; y; z] => f x y z | _ => Raised end).
End Formulas.
Definition known (x : truth) : answer := or_null Truth x.
Definition number (x : option Z) : answer := or_null Int x.
Notation "x =? y" := (eq3 Z.eqb x y).
Definition of_truths (_ : unit) : list (formula truth) :=
 [binary "p and q" "expr.logic" (fun p q => known (and3 p q));
  binary "p or q" "expr.logic" (fun p q => known (or3 p q));
  unary "not p" "expr.logic" (fun p => known (not3 p));
  ternary "p and q and r" "expr.logic" (fun p q r => known (and3 (and3 p q) r));
  ternary "p or q or r" "expr.logic" (fun p q r => known (or3 (or3 p q) r));
  ternary "p and (q or not r)" "expr.logic" (fun p q r => known (and3 p (or3 q (not3 r))));
  unary "p is true" "expr.logic" (fun p => known (is_ IsTrue p));
  unary "p is not true" "expr.logic" (fun p => known (is_not IsTrue p));
  unary "p is false" "expr.logic" (fun p => known (is_ IsFalse p));
  unary "p is not false" "expr.logic" (fun p => known (is_not IsFalse p));
  unary "p is unknown" "expr.logic" (fun p => known (is_ IsUnknown p));
  unary "p is not unknown" "expr.logic" (fun p => known (is_not IsUnknown p));
  ternary "case when p then q else r end" "expr.condition" (fun p q r => known (case_when [(p, q)] r));
  binary "p is distinct from q" "expr.compare.total" (fun p q => known (distinct Bool.eqb p q))].
Definition of_numbers (_ : unit) : list (formula (option Z)) :=
 [binary "x = y" "expr.call.strict" (fun x y => known (x =? y));
  binary "x <> y" "expr.call.strict" (fun x y => known (not3 (x =? y)));
  binary "x < y" "expr.call.strict" (fun x y => known (lt3 Z.eqb Z.leb x y));
  binary "x <= y" "expr.call.strict" (fun x y => known (le3 Z.leb x y));
  binary "x is distinct from y" "expr.compare.total" (fun x y => known (distinct Z.eqb x y));
  binary "x is not distinct from y" "expr.compare.total" (fun x y => known (not3 (distinct Z.eqb x y)));
  unary "x in (1)" "expr.subquery" (fun x => known (in_list Z.eqb x [Some 1]));
  unary "x in (1, null)" "expr.subquery" (fun x => known (in_list Z.eqb x [Some 1; None]));
  unary "x not in (1, null)" "expr.subquery" (fun x => known (not3 (in_list Z.eqb x [Some 1; None])));
  unary "x not in (1, 2)" "expr.subquery" (fun x => known (not3 (in_list Z.eqb x [Some 1; Some 2])));
  binary "x in (y)" "expr.subquery" (fun x y => known (in_list Z.eqb x [y]));
  ternary "x in (y, z)" "expr.subquery" (fun x y z => known (in_list Z.eqb x [y; z]));
  ternary "x not in (y, z)" "expr.subquery" (fun x y z => known (not3 (in_list Z.eqb x [y; z])));
  ternary "x between y and z" "expr.logic" (fun x y z => known (between Z.leb x y z));
  ternary "x not between y and z" "expr.logic" (fun x y z => known (not3 (between Z.leb x y z)));
  ternary "case when x = y then z else x end" "expr.condition" (fun x y z => number (case_when [(x =? y, z)] x));
  binary "coalesce(x, y)" "expr.condition" (fun x y => number (coalesce [x; y]));
  ternary "coalesce(x, y, z)" "expr.condition" (fun x y z => number (coalesce [x; y; z]));
  binary "nullif(x, y)" "expr.condition" (fun x y => number (nullif Z.eqb x y))].
Definition answer_of {arg} (f : formula arg) (args : list arg) : answer := value_of f args.
(* WHERE: whether a row with this condition stays *)
Definition stays (p : truth) : bool := match where_ (fun p => p) [p] with [] => false | _ => true end.

(* ---- joins of two columns, by the semantics that plans are proved sound for ---- *)
Definition on_columns (f : option Z -> option Z -> truth) : jcond (list (option Z)) := {|
  on o i := match o, i with [x], [y] => f x y | _, _ => None end;
  pair_of o i := o ++ i; pad_outer o := o ++ [None]; pad_inner i := None :: i |}%list.
Definition join_rows k f (outer inner : list (option Z)) : list (list (option Z)) :=
  join k (on_columns f) (map (fun x => [x]) outer) (map (fun x => [x]) inner).
Definition kinds (_ : unit) : list (string * jkind) :=
 [("inner", Inner); ("left", LeftOuter); ("right", RightOuter); ("full", FullOuter);
  ("semi", Semi); ("anti", Anti); ("not in", NotIn)].
Definition comparisons (_ : unit) : list (string * (option Z -> option Z -> truth)) :=
 [("=", eq3 Z.eqb); ("<", lt3 Z.eqb Z.leb)].

(* ---- extraction: integers become zarith's, strings OCaml's; the proofs vanish. A bare record constant has a type variable
   that OCaml refuses to generalise, so those are inlined. ---- *)
Require Extraction ExtrOcamlBasic ExtrOcamlNatInt ExtrOcamlZBigInt ExtrOcamlNativeString.
Extraction Inline count_star count_arg sum_Z avg_Z min_Z max_Z bool_and bool_or bit_and bit_or bit_xor array_agg
  var_ps var_samp_ps sum_months sum_step nullskip numeric_moments numeric_sum sum_interval string_agg.
Extraction "extracted.ml" integers truths ordered checked decimals intervals texts answer_serial answer_tree answer_gather
  of_truths of_numbers answer_of stays join_rows kinds comparisons check.
