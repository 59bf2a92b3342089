; Sums of int2 and int4 in 64 bits: up to how many rows no partial sum can leave int8.
; Clauses: [agg.sum.narrow] (spec/src/agg/sum_integer.rs, whose transition function adds without a check).
;
; The invariant of a state of n rows is linear in n: n·least <= sum <= n·most. It holds at first, a row keeps it, and
; combining keeps it, so it holds in every tree; then it is compared with the type.
(set-logic QF_LIA)
(declare-const n Int)
(declare-const s Int)
(declare-const m Int)
(declare-const r Int)
(declare-const x Int)
(define-fun int2 ((v Int)) Bool (and (<= (- 32768) v) (<= v 32767)))
(define-fun int4 ((v Int)) Bool (and (<= (- 2147483648) v) (<= v 2147483647)))
(define-fun int8 ((v Int)) Bool (and (<= (- 9223372036854775808) v) (<= v 9223372036854775807)))
(define-fun of-int2 ((rows Int) (sum Int)) Bool
  (and (>= rows 0) (<= (* (- 32768) rows) sum) (<= sum (* 32767 rows))))
(define-fun of-int4 ((rows Int) (sum Int)) Bool
  (and (>= rows 0) (<= (* (- 2147483648) rows) sum) (<= sum (* 2147483647 rows))))

; A row keeps the invariant.
(push)
(assert (or (and (of-int2 n s) (int2 x) (not (of-int2 (+ n 1) (+ s x))))
            (and (of-int4 n s) (int4 x) (not (of-int4 (+ n 1) (+ s x))))))
; expect: both unsat
(check-sat)
(pop)

; So does combining, and no rows have the sum 0.
(push)
(assert (or (and (of-int2 n s) (of-int2 m r) (not (of-int2 (+ n m) (+ s r))))
            (and (of-int4 n s) (of-int4 m r) (not (of-int4 (+ n m) (+ s r))))
            (not (of-int2 0 0))
            (not (of-int4 0 0))))
; expect: both unsat
(check-sat)
(pop)

; Up to 2^32 rows of int4 no state leaves int8.
(push)
(assert (and (of-int4 n s) (<= n 4294967296) (not (int8 s))))
; expect: both unsat
(check-sat)
(pop)

; One row more may: the number is the largest one.
(push)
(assert (and (of-int4 n s) (= n 4294967297) (not (int8 s))))
; expect: both sat
(check-sat)
(pop)

; Up to 2^48 rows of int2 no state leaves int8, and one more may.
(push)
(assert (and (of-int2 n s) (<= n 281474976710656) (not (int8 s))))
; expect: both unsat
(check-sat)
(pop)
(push)
(assert (and (of-int2 n s) (= n 281474976710657) (not (int8 s))))
; expect: both sat
(check-sat)
(pop)
