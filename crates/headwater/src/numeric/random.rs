//! Random streams: one seed, one stream for each piece of work, the same on any thread.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The random stream number `stream` of `seed`: independent of all others and of the order in
/// which they are asked for.
///
/// ```
/// use headwater::numeric::random::stream;
/// use rand::RngExt;
/// let mut first = stream(42, 7);
/// let mut again = stream(42, 7);
/// assert_eq!(first.random::<u64>(), again.random::<u64>());
/// ```
pub fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}
