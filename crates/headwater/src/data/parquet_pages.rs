//! The pages of a Parquet file, as long as they do not unpack to more than can be read.

use std::sync::atomic::{AtomicUsize, Ordering};

use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::{Buf, Bytes, buf::Reader};

use super::table::MOST_BYTES;

/// A Parquet file in memory, whose metadata was read. Its reader makes room for what the header of a page
/// says that the page unpacks to, gigabytes where a few bytes lie
/// (<https://github.com/apache/arrow-rs/issues/10734>). It opens the file anew at every header, so the
/// sizes are added up here.
pub(super) struct Pages {
    file: Bytes,
    unpacked: AtomicUsize,
}

impl Pages {
    pub(super) fn new(file: Bytes) -> Self {
        Pages {
            file,
            unpacked: AtomicUsize::new(0),
        }
    }
}

impl Length for Pages {
    fn len(&self) -> u64 {
        self.file.len() as u64
    }
}

impl ChunkReader for Pages {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let header = self.file.get_read(start)?;
        let Some(size) = unpacked_size(header.get_ref().chunk()) else {
            return Err(ParquetError::General("a page has no size".into()));
        };
        if self.unpacked.fetch_add(size, Ordering::Relaxed) + size > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            return Err(ParquetError::General(format!(
                "it unpacks to more than {most} MB"
            )));
        }
        Ok(header)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.file.get_bytes(start, length)
    }
}

/// The second field of a page's header: after its type the bytes that it unpacks to, both 32-bit integers
/// of Thrift's compact protocol (<https://parquet.apache.org/docs/file-format/metadata/>).
fn unpacked_size(header: &[u8]) -> Option<usize> {
    const NEXT_FIELD_IS_AN_I32: u8 = 0x15;
    let mut rest = header.iter().copied();
    let mut field = || -> Option<u64> {
        if rest.next()? != NEXT_FIELD_IS_AN_I32 {
            return None;
        }
        let mut value = 0;
        for seven in 0..5 {
            let byte = rest.next()?;
            value |= u64::from(byte & 0x7f) << (7 * seven);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    };
    field()?;
    // Zigzag: an odd number stands for a negative one.
    let size = field()?;
    (size % 2 == 0).then_some((size / 2) as usize)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_a_page_unpacks_to() {
        // A data page (0) of 300 bytes, then of -1; a header in another order; one that breaks off.
        assert_eq!(unpacked_size(&[0x15, 0, 0x15, 0xd8, 0x04]), Some(300));
        for odd in [
            &[0x15, 0, 0x15, 0x01][..],
            &[0x25, 0],
            &[0x15, 0, 0x15, 0x80],
        ] {
            assert_eq!(unpacked_size(odd), None);
        }
    }

    #[test]
    fn pages_are_read_until_they_are_too_much_together() {
        // 2^27 bytes each, of 2^28 that may be.
        let header = [0x15, 0, 0x15, 0x80, 0x80, 0x80, 0x80, 0x01];
        let pages = Pages::new(Bytes::from_owner(header));
        assert!(pages.get_read(0).is_ok() && pages.get_read(0).is_ok());
        let refused = pages.get_read(0).unwrap_err().to_string();
        assert!(refused.contains("more than 256 MB"), "{refused}");
    }
}
