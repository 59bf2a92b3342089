; The share of the leader as the machine computes it: doubles, and every number of workers that a setting allows.
; Clause: [cost.divisor] (parallel/src/planner/workers.rs). Exact arithmetic is in leader_share.smt2.
;
; Bound: max_parallel_workers_per_gather is at most 1024, so eleven bits are all there are.
(set-logic QF_BVFP)
(declare-const count (_ BitVec 11))
(assert (bvule count (_ bv1024 11)))
(define-fun workers () (_ FloatingPoint 11 53) ((_ to_fp_unsigned 11 53) RNE count))
(define-fun zero () (_ FloatingPoint 11 53) ((_ to_fp 11 53) RNE 0.0))
(define-fun one () (_ FloatingPoint 11 53) ((_ to_fp 11 53) RNE 1.0))
(define-fun leader () (_ FloatingPoint 11 53)
  (fp.sub RNE one (fp.mul RNE ((_ to_fp 11 53) RNE 0.3) workers)))
(define-fun divisor () (_ FloatingPoint 11 53)
  (ite (fp.gt leader zero) (fp.add RNE workers leader) workers))

; Rounding changes nothing about who helps: the leader's share is positive exactly up to three workers.
(push)
(assert (distinct (fp.gt leader zero) (bvule count (_ bv3 11))))
; expect: both unsat
(check-sat)
(pop)

; A share that counts is at most one participant, and the divisor at least the number of workers.
(push)
(assert (or (and (fp.gt leader zero) (fp.gt leader one)) (fp.lt divisor workers)))
; expect: both unsat
(check-sat)
(pop)

; A path with workers is always divided by more than one: partial paths have fewer rows.
(push)
(assert (bvuge count (_ bv1 11)))
(assert (fp.leq divisor one))
; expect: both unsat
(check-sat)
(pop)

; Some share counts and some does not.
(push)
(assert (and (fp.gt leader zero) (bvuge count (_ bv3 11))))
; expect: both sat
(check-sat)
(pop)
