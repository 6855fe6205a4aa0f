//! Agreement of two raters over several grades.

/// How often two raters gave each pair of grades.
#[derive(Debug, Clone)]
pub(crate) struct Grades {
    grades: usize,
    counts: Vec<u64>,
}

impl Grades {
    /// An empty table over `grades` grades.
    pub(crate) fn new(grades: usize) -> Self {
        Self { grades, counts: vec![0; grades * grades] }
    }

    /// Counts `weight` rows that got these grades, from 0.
    pub(crate) fn add(&mut self, one: usize, other: usize, weight: u64) {
        self.counts[one * self.grades + other] += weight;
    }

    /// Cohen's kappa: agreement beyond chance, where grades are the same or not.
    pub(crate) fn kappa(&self) -> Option<f64> {
        self.weighted(|one, other| f64::from(u8::from(one != other)))
    }

    /// Kappa that counts a disagreement by the square of its distance, so that neighbouring grades are nearly right.
    ///
    /// Source: J. Cohen, "Weighted Kappa", Psychological Bulletin 70 (1968).
    pub(crate) fn quadratic_kappa(&self) -> Option<f64> {
        self.weighted(|one, other| (one as f64 - other as f64).powi(2))
    }

    fn weighted(&self, distance: impl Fn(usize, usize) -> f64) -> Option<f64> {
        let grades = self.grades;
        let row = |one: usize| (0..grades).map(|other| self.counts[one * grades + other]).sum::<u64>() as f64;
        let column =
            |other: usize| (0..grades).map(|one| self.counts[one * grades + other]).sum::<u64>() as f64;
        let rows: Vec<f64> = (0..grades).map(row).collect();
        let columns: Vec<f64> = (0..grades).map(column).collect();
        let total: f64 = rows.iter().sum();
        let (mut seen, mut expected) = (0.0, 0.0);
        for (one, row) in rows.iter().enumerate() {
            for (other, column) in columns.iter().enumerate() {
                let distance = distance(one, other);
                seen += distance * self.counts[one * grades + other] as f64;
                expected += distance * row * column / total;
            }
        }
        let kappa = 1.0 - seen / expected;
        kappa.is_finite().then_some(kappa)
    }
}
