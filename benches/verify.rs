//! What parsing and verifying one bundle costs, for each kind; and 1,000 of them on one core and on all.
//!
//! A process has one provider: `PORTCULLIS_BENCH_PROVIDER` names it, `scripts/bench-providers.sh` runs all.

mod support;

use std::num::NonZeroUsize;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;

use self::support::inputs;
use self::support::inputs::Input;

fn one(criterion: &mut Criterion, provider: &str, inputs: &[Input]) {
    let mut group = criterion.benchmark_group("verify");
    for input in inputs {
        group.bench_with_input(BenchmarkId::new(provider, input.kind), input, |bencher, input| {
            bencher.iter(|| input.verify());
        });
    }
    group.finish();
}

fn batch(criterion: &mut Criterion, provider: &str, inputs: &[Input]) {
    let mut group = criterion.benchmark_group("verify 1000");
    group.throughput(Throughput::Elements(1000)).sample_size(10);
    let all = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    for threads in [1, all] {
        group.bench_function(BenchmarkId::new(provider, threads), |bencher| {
            bencher.iter(|| inputs::batch(inputs, 1000, threads));
        });
    }
    group.finish();
}

fn main() {
    let provider = inputs::install().to_string();
    let inputs = inputs::all();
    let mut criterion = Criterion::default().configure_from_args();
    one(&mut criterion, &provider, &inputs);
    batch(&mut criterion, &provider, &inputs);
    criterion.final_summary();
}
