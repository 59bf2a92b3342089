/// How many different values came.
struct CountDifferent;

impl Aggregate for CountDifferent {
    type Input = i32;
    type State = Vec<i32>;
    type Output = usize;

    fn init(&self) -> Vec<i32> {
        vec![]
    }
    fn update(&self, seen: &mut Vec<i32>, x: &i32) {
        if !seen.contains(x) {
            seen.push(*x);
        }
    }
    fn combine(&self, seen: &mut Vec<i32>, other: &Vec<i32>) {
        seen.extend(other);
    }
    fn finish(&self, seen: &Vec<i32>) -> usize {
        seen.len()
    }
}
