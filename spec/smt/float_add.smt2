; Addition of floats commutes and does not associate: why float sums have a bound and not a value.
; Clauses: [agg.sum.float], [agg.float.bound] (spec/src/agg/sum_float.rs).
;
; Bound: binary32, whose addition is binary64's in another width.
(set-logic QF_FP)
(declare-const x (_ FloatingPoint 8 24))
(declare-const y (_ FloatingPoint 8 24))
(declare-const z (_ FloatingPoint 8 24))
(define-fun plus ((a (_ FloatingPoint 8 24)) (b (_ FloatingPoint 8 24))) (_ FloatingPoint 8 24)
  (fp.add RNE a b))
(define-fun finite ((a (_ FloatingPoint 8 24))) Bool (not (or (fp.isNaN a) (fp.isInfinite a))))

; Commutative, bit for bit but for the payload of NaN.
(push)
(assert (distinct (plus x y) (plus y x)))
; expect: cvc5 unsat
; skip: z3 4.8.12 does not answer within 20 s
(check-sat)
(pop)

; Three finite numbers whose partial sums are finite, and whose two sums differ.
(push)
(assert (and (finite x) (finite y) (finite z)))
(assert (and (finite (plus x y)) (finite (plus y z)) (finite (plus x (plus y z)))))
(assert (not (fp.eq (plus (plus x y) z) (plus x (plus y z)))))
; expect: both sat
(check-sat)
(pop)

; No step overflows in one order, some step does in another.
(push)
(assert (and (finite x) (finite y) (finite z)))
(assert (and (finite (plus x y)) (finite (plus (plus x y) z))))
(assert (not (finite (plus y z))))
; expect: both sat
(check-sat)
(pop)
