; The share of the leader, in exact arithmetic: get_parallel_divisor.
; Clause: [cost.divisor] (parallel/src/planner/workers.rs).
;
; leader = 1 - 0.3·workers counts while it is positive; the rows are divided by workers + leader.
(set-logic QF_LRA)
(declare-const workers Real)
(define-fun leader ((w Real)) Real (- 1 (* 0.3 w)))
(define-fun share ((w Real)) Real (ite (> (leader w) 0) (leader w) 0))
(define-fun divisor ((w Real)) Real (+ w (share w)))
(assert (>= workers 0))

; The share is never negative and never more than one participant.
(push)
(assert (or (< (share workers) 0) (> (share workers) 1)))
; expect: both unsat
(check-sat)
(pop)

; Without the test for a positive share it would be negative, from four workers on.
(push)
(assert (< (leader workers) 0))
; expect: both sat
(check-sat)
(pop)
(push)
(assert (and (< (leader workers) 0) (< workers 3.33)))
; expect: both unsat
(check-sat)
(pop)

; The divisor is at least one and at least the number of workers: nobody is planned more rows than there are.
(push)
(assert (or (< (divisor workers) 1) (< (divisor workers) workers)))
; expect: both unsat
(check-sat)
(pop)

; More workers never make the divisor smaller.
(push)
(declare-const more Real)
(assert (> more workers))
(assert (<= (divisor more) (divisor workers)))
; expect: both unsat
(check-sat)
(pop)

; The leader helps less the more workers there are, and from four on not at all.
(push)
(assert (or (< (share workers) (share (+ workers 1))) (and (>= workers 4) (distinct (share workers) 0))))
; expect: both unsat
(check-sat)
(pop)
