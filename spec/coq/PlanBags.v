(* Bags over participants: what Permutation says about filters, joins of lists and the union over participants.

   A bag is a list up to Permutation. [gat n f] is the bag union of f 0 ... f (n-1), the rows that the participants of a world
   of n have together. *)
Require Import List Permutation Arith Lia.
Import ListNotations.

Fixpoint gat {A} n (f : nat -> list A) := match n with 0 => [] | S k => gat k f ++ f k end.

Lemma gat_perm {A} n (f g : nat -> list A) :
  (forall i, i < n -> Permutation (f i) (g i)) -> Permutation (gat n f) (gat n g).
Proof. induction n; simpl; intros H; auto. apply Permutation_app; auto. Qed.
Lemma gat_hom {A B} n (F : list A -> list B) (g : nat -> list A) :
  F [] = [] -> (forall x y, F (x ++ y) = F x ++ F y) -> gat n (fun i => F (g i)) = F (gat n g).
Proof. intros N P. induction n; simpl; auto. now rewrite P, IHn. Qed.
(* a function of bags that distributes over bag union distributes over participants *)
Lemma gat_union {A B} n (F : list A -> list B) (g : nat -> list A) :
  F [] = [] -> (forall x y, Permutation (F (x ++ y)) (F x ++ F y)) -> Permutation (gat n (fun i => F (g i))) (F (gat n g)).
Proof. intros N P. induction n; simpl; [now rewrite N|]. now rewrite P, IHn. Qed.
Lemma gat_app {A} n (f g : nat -> list A) : Permutation (gat n (fun i => f i ++ g i)) (gat n f ++ gat n g).
Proof.
  induction n; simpl; auto. rewrite IHn. rewrite <- !app_assoc. apply Permutation_app_head.
  rewrite !app_assoc. apply Permutation_app_tail, Permutation_app_comm.
Qed.
Lemma gat_nil {A} n (f : nat -> list A) : (forall i, i < n -> f i = []) -> gat n f = [].
Proof. induction n; simpl; intros H; auto. now rewrite IHn, H by auto. Qed.
Lemma gat_elect {A} n (f : nat -> list A) w : w < n -> (forall i, i < n -> i <> w -> f i = []) -> gat n f = f w.
Proof.
  induction n; simpl; intros L H; [lia|].
  destruct (Nat.eq_dec w n) as [->|N].
  - rewrite gat_nil; auto. intros; apply H; lia.
  - rewrite (H n), app_nil_r by lia. apply IHn; [lia|]. intros; apply H; lia.
Qed.
Lemma gat_in {A} n (f : nat -> list A) x : In x (gat n f) <-> exists i, i < n /\ In x (f i).
Proof.
  induction n; simpl.
  - split; [easy|]. intros (i & L & _). lia.
  - rewrite in_app_iff, IHn. split.
    + intros [(i & L & H)|H]; eauto.
    + intros (i & L & H). destruct (Nat.eq_dec i n) as [->|]; auto. left. exists i. split; auto. lia.
Qed.
Lemma gat_concat {A} n (f : nat -> list A) : gat n f = concat (map f (seq 0 n)).
Proof. induction n; auto. rewrite seq_S, map_app, concat_app. simpl. now rewrite app_nil_r, IHn. Qed.
(* what all participants send by a home per row is what they have *)
Lemma gat_home {A} n (home : A -> nat) (l : list A) :
  (forall x, home x < n) -> Permutation (gat n (fun i => filter (fun x => home x =? i) l)) l.
Proof.
  intros H. induction l as [|x l IH]; simpl; [now rewrite gat_nil|].
  transitivity (gat n (fun i => (if home x =? i then [x] else []) ++ filter (fun y => home y =? i) l)).
  { apply gat_perm. intros i _. now destruct (home x =? i). }
  rewrite gat_app, IH, (gat_elect n _ (home x)); auto.
  - now rewrite Nat.eqb_refl.
  - intros i _ N. apply not_eq_sym, Nat.eqb_neq in N. now rewrite N.
Qed.

Lemma filter_perm {A} (b : A -> bool) l l' : Permutation l l' -> Permutation (filter b l) (filter b l').
Proof.
  induction 1; simpl; auto. destruct (b x); auto.
  destruct (b x), (b y); auto using perm_swap. etransitivity; eauto.
Qed.
Lemma filter_split {A} (b : A -> bool) l : Permutation l (filter b l ++ filter (fun x => negb (b x)) l).
Proof.
  induction l as [|x l IH]; simpl; auto. destruct (b x); simpl; auto. now apply Permutation_cons_app.
Qed.
Lemma existsb_perm {A} (b : A -> bool) l l' : Permutation l l' -> existsb b l = existsb b l'.
Proof.
  induction 1; simpl; auto; try congruence. now rewrite !Bool.orb_assoc, (Bool.orb_comm (b y)).
Qed.
Lemma forallb_perm {A} (b : A -> bool) l l' : Permutation l l' -> forallb b l = forallb b l'.
Proof.
  induction 1; simpl; auto; try congruence. now rewrite !Bool.andb_assoc, (Bool.andb_comm (b y)).
Qed.
Lemma flat_map_pw {A B} (f g : A -> list B) l :
  (forall x, In x l -> Permutation (f x) (g x)) -> Permutation (flat_map f l) (flat_map g l).
Proof. intros H. induction l; simpl in *; auto. apply Permutation_app; auto. Qed.
Lemma flat_map_perm {A B} (f : A -> list B) l l' : Permutation l l' -> Permutation (flat_map f l) (flat_map f l').
Proof.
  induction 1; simpl; auto. now apply Permutation_app_head.
  rewrite !app_assoc. apply Permutation_app_tail, Permutation_app_comm. etransitivity; eauto.
Qed.
(* two lists with the same members have the same distinct members *)
Lemma nodup_perm {A} (eq : forall x y : A, {x = y} + {x <> y}) l l' :
  (forall x, In x l <-> In x l') -> Permutation (nodup eq l) (nodup eq l').
Proof. intros H. apply NoDup_Permutation; try apply NoDup_nodup. intros x. now rewrite !nodup_In. Qed.
Lemma same_members {A} (l l' : list A) : Permutation l l' -> forall x, In x l <-> In x l'.
Proof. intros P x. split; apply Permutation_in; auto using Permutation_sym. Qed.
