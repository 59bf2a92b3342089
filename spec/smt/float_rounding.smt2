; The rounding model of the float bound, checked of IEEE operations in a small format: fl(a+b) = (a+b)·(1+δ), |δ| <= u.
; Clause: [agg.float.rounding] (spec/src/agg/bound.rs). FloatBound.v assumes this of an abstract addition.
;
; The format has 3 bits of exponent and 4 of precision, u = 2^-4; exact values are computed in a format of 6 and 20, in
; which sums and products of two small numbers, and their multiples by u, are numbers. Subnormal numbers are included.
; Bound: the small format. IEEE 754 defines rounding alike for all formats; binary64 itself is sampled by tests.
(set-logic QF_FP)
(declare-const a (_ FloatingPoint 3 4))
(declare-const b (_ FloatingPoint 3 4))
(define-fun finite ((x (_ FloatingPoint 3 4))) Bool (not (or (fp.isNaN x) (fp.isInfinite x))))
(define-fun wide ((x (_ FloatingPoint 3 4))) (_ FloatingPoint 6 20) ((_ to_fp 6 20) RNE x))
(define-fun u () (_ FloatingPoint 6 20) ((_ to_fp 6 20) RNE 0.0625))
(define-fun within ((found (_ FloatingPoint 3 4)) (exact (_ FloatingPoint 6 20)) (slack (_ FloatingPoint 6 20))) Bool
  (fp.leq (fp.abs (fp.sub RNE (wide found) exact)) slack))
(define-fun relative ((exact (_ FloatingPoint 6 20))) (_ FloatingPoint 6 20) (fp.mul RNE u (fp.abs exact)))
(define-fun sum () (_ FloatingPoint 6 20) (fp.add RNE (wide a) (wide b)))
(define-fun product () (_ FloatingPoint 6 20) (fp.mul RNE (wide a) (wide b)))
; Half of the least positive number of the small format, 2^-6.
(define-fun half-least () (_ FloatingPoint 6 20) ((_ to_fp 6 20) RNE 0.015625))
(assert (and (finite a) (finite b)))

; The wide format is exact here: sums and products do not depend on the direction of rounding.
(push)
(assert (or (distinct (fp.add RTP (wide a) (wide b)) (fp.add RTN (wide a) (wide b)))
            (distinct (fp.mul RTP (wide a) (wide b)) (fp.mul RTN (wide a) (wide b)))))
(assert (not (fp.isZero sum)))
; expect: z3 unsat
; skip: cvc5 1.0.3 knows the formats binary32 and binary64 only
(check-sat)
(pop)

; A sum that does not overflow is off by at most u of itself, with no term for underflow.
(push)
(assert (finite (fp.add RNE a b)))
(assert (not (within (fp.add RNE a b) sum (relative sum))))
; expect: z3 unsat
; skip: cvc5 1.0.3 knows the formats binary32 and binary64 only
(check-sat)
(pop)

; Some sum is off by more than half of that: u is no more than a factor of two too large.
(push)
(assert (finite (fp.add RNE a b)))
(assert (not (within (fp.add RNE a b) sum (fp.mul RNE ((_ to_fp 6 20) RNE 0.5) (relative sum)))))
; expect: z3 sat
; skip: cvc5 1.0.3 knows the formats binary32 and binary64 only
(check-sat)
(pop)

; A product may underflow: u of itself alone does not bound it ...
(push)
(assert (finite (fp.mul RNE a b)))
(assert (not (within (fp.mul RNE a b) product (relative product))))
; expect: z3 sat
; skip: cvc5 1.0.3 knows the formats binary32 and binary64 only
(check-sat)
(pop)

; ... half of the least positive number in addition does.
(push)
(assert (finite (fp.mul RNE a b)))
(assert (not (within (fp.mul RNE a b) product (fp.add RTP (relative product) half-least))))
; expect: z3 unsat
; skip: cvc5 1.0.3 knows the formats binary32 and binary64 only
(check-sat)
(pop)
