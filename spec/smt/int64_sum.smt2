; Sums that are checked at each step, in 64 bits: what depends on the tree of additions, and what does not.
; Clauses: [agg.sum.overflow] (spec/src/agg/sum_integer.rs), [agg.sum.integer] for the accumulator of 128 bits.
;
; Bound: three addends, hence both shapes of tree. A tree of more leaves is made of such steps; the law for all trees is
; a theorem of the Coq development, this file is about the machine's words.
(set-logic QF_BV)
(declare-const a (_ BitVec 64))
(declare-const b (_ BitVec 64))
(declare-const c (_ BitVec 64))

; int8pl: an error where two numbers of one sign have a sum of the other.
(define-fun overflows ((x (_ BitVec 64)) (y (_ BitVec 64))) Bool
  (let ((s (bvadd x y)))
    (and (= ((_ extract 63 63) x) ((_ extract 63 63) y))
         (not (= ((_ extract 63 63) x) ((_ extract 63 63) s))))))
(define-fun left-deep-succeeds () Bool (and (not (overflows a b)) (not (overflows (bvadd a b) c))))
(define-fun right-deep-succeeds () Bool (and (not (overflows b c)) (not (overflows a (bvadd b c)))))
(define-fun wide ((x (_ BitVec 64))) (_ BitVec 128) ((_ sign_extend 64) x))
(define-fun exact () (_ BitVec 128) (bvadd (bvadd (wide a) (wide b)) (wide c)))
(define-fun positive ((x (_ BitVec 64))) (_ BitVec 128) (ite (bvsgt x (_ bv0 64)) (wide x) (_ bv0 128)))
(define-fun negative ((x (_ BitVec 64))) (_ BitVec 128) (ite (bvslt x (_ bv0 64)) (wide x) (_ bv0 128)))
(define-fun positives () (_ BitVec 128) (bvadd (positive a) (bvadd (positive b) (positive c))))
(define-fun negatives () (_ BitVec 128) (bvadd (negative a) (bvadd (negative b) (negative c))))
(define-fun fits ((x (_ BitVec 128))) Bool (= x (wide ((_ extract 63 0) x))))

; The check agrees with arithmetic: it fails exactly where the sum of two is no int8.
(push)
(assert (distinct (overflows a b) (not (fits (bvadd (wide a) (wide b))))))
; expect: both unsat
(check-sat)
(pop)

; A checked addition is commutative, its error included.
(push)
(assert (distinct (overflows a b) (overflows b a)))
; expect: both unsat
(check-sat)
(pop)

; It is not associative: there are numbers that one tree adds and the other refuses.
(push)
(assert (distinct left-deep-succeeds right-deep-succeeds))
; expect: both sat
(check-sat)
(pop)

; Where both trees succeed they agree.
(push)
(assert (and left-deep-succeeds right-deep-succeeds))
(assert (distinct (bvadd (bvadd a b) c) (bvadd a (bvadd b c))))
; expect: both unsat
(check-sat)
(pop)

; What a tree that succeeds answers is the exact sum.
(push)
(assert left-deep-succeeds)
(assert (distinct (wide (bvadd (bvadd a b) c)) exact))
; expect: both unsat
(check-sat)
(pop)

; A tree fails only where the positive numbers alone, or the negative ones alone, leave the type.
(push)
(assert (or (not left-deep-succeeds) (not right-deep-succeeds)))
(assert (and (fits positives) (fits negatives)))
; expect: both unsat
(check-sat)
(pop)

; The condition is no empty one: an error is possible though the exact sum is in range.
(push)
(assert (not left-deep-succeeds))
(assert (fits exact))
; expect: both sat
(check-sat)
(pop)

; An exact sum out of range fails in every tree.
(push)
(assert (not (fits exact)))
(assert (or left-deep-succeeds right-deep-succeeds))
; expect: both unsat
(check-sat)
(pop)

; Accumulating in 128 bits (sum(int8)) associates.
(push)
(assert (distinct exact (bvadd (wide a) (bvadd (wide b) (wide c)))))
; expect: both unsat
(check-sat)
(pop)

; So do additions that wrap around (avg(int4)): their answer does not depend on the tree, in range or not.
(push)
(assert (distinct (bvadd (bvadd a b) c) (bvadd a (bvadd b c))))
; expect: both unsat
(check-sat)
(pop)
