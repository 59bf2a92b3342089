; Youngs and Cramer's steps in exact arithmetic: what float8_accum and float8_combine compute if nothing rounds.
; Clause: [agg.variance.float] (spec/src/agg/youngs_cramer.rs). That combining associates is in youngs_cramer_associates.smt2.
;
; A quotient y/n is a number q with q·n = y: the formulas are written division-free, which the solvers need. A state has
; n rows, the sum s, the squared deviations d; Q below is the sum of squares.
(set-logic QF_NRA)
(declare-const n Real)
(declare-const s Real)
(declare-const d Real)
(declare-const m Real)
(declare-const r Real)
(declare-const e Real)
(assert (and (>= n 1) (>= m 1)))

; Means of both states, and the term that combining adds: term·(n+m) = n·m·(mean - mean')².
(declare-const mean Real)
(declare-const mean2 Real)
(assert (= (* mean n) s))
(assert (= (* mean2 m) r))
(declare-const term Real)
(declare-const swapped Real)
(assert (= (* term (+ n m)) (* n m (- mean mean2) (- mean mean2))))
(assert (= (* swapped (+ m n)) (* m n (- mean2 mean) (- mean2 mean))))

; Such states exist.
(push)
; expect: both sat
(check-sat)
(pop)

; Combining is commutative.
(push)
(assert (distinct (+ d e term) (+ e d swapped)))
; expect: both unsat
(check-sat)
(pop)

; The added term is not negative: squared deviations never shrink.
(push)
(assert (< term 0))
; expect: z3 unsat
; skip: cvc5 1.0.3 does not answer within 20 s
(check-sat)
(pop)

; A row x joins a state of n rows: the transition's t·t / (N·(N-1)), with t = x·N - Sx and N the new count, is the term
; of combining with a state of that one row.
(push)
(declare-const x Real)
(declare-const step Real)
(assert (= m 1))
(assert (= r x))
(assert (= (* step (* (+ n 1) n)) (* (- (* x (+ n 1)) (+ s x)) (- (* x (+ n 1)) (+ s x)))))
(assert (distinct step term))
; expect: both unsat
(check-sat)
(pop)

; The meaning: n·d + s² = n·Q in both parts makes it hold of the whole.
(push)
(declare-const q Real)
(declare-const p Real)
(assert (= (+ (* n d) (* s s)) (* n q)))
(assert (= (+ (* m e) (* r r)) (* m p)))
(assert (distinct (+ (* (+ n m) (+ d e term)) (* (+ s r) (+ s r))) (* (+ n m) (+ q p))))
; expect: z3 unsat
; skip: cvc5 1.0.3 does not answer within 20 s
(check-sat)
(pop)
