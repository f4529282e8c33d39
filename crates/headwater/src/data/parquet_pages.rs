//! The pages of a Parquet file, as long as they do not unpack to more than can be read.

use std::sync::atomic::{AtomicUsize, Ordering};

use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::{Buf, Bytes, buf::Reader};

use super::table::{MOST_BYTES, MOST_CELLS};

/// A Parquet file in memory, whose metadata was read. Its reader makes room for what the header of a page
/// promises, gigabytes where a few bytes lie (<https://github.com/apache/arrow-rs/issues/10734>). It opens
/// the file anew at every header, so the promises are added up here.
pub(super) struct Pages {
    file: Bytes,
    bytes: AtomicUsize,
    values: AtomicUsize,
}

impl Pages {
    pub(super) fn new(file: Bytes) -> Self {
        Pages {
            file,
            bytes: AtomicUsize::new(0),
            values: AtomicUsize::new(0),
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
        let Some(page) = Promise::of(header.get_ref().chunk()) else {
            return Err(ParquetError::General("a page has no size".into()));
        };
        if self.bytes.fetch_add(page.bytes, Ordering::Relaxed) + page.bytes > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            return Err(ParquetError::General(format!(
                "it unpacks to more than {most} MB"
            )));
        }
        if self.values.fetch_add(page.values, Ordering::Relaxed) + page.values > MOST_VALUES {
            return Err(ParquetError::General(format!(
                "its pages announce more than {MOST_VALUES} values"
            )));
        }
        Ok(header)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.file.get_bytes(start, length)
    }
}

/// Those of the cells and, at most as many, of the dictionaries that they are named in.
const MOST_VALUES: usize = 2 * MOST_CELLS;

/// What the header of a page says that it holds.
#[derive(Debug, PartialEq)]
struct Promise {
    /// Unpacked.
    bytes: usize,
    values: usize,
}

impl Promise {
    /// Reads a header in the order in which it is written: the page's kind, its bytes unpacked and packed
    /// and perhaps a checksum, all 32-bit integers, then a structure that begins with the number of its
    /// values; in Thrift's compact protocol (<https://parquet.apache.org/docs/file-format/metadata/>).
    fn of(header: &[u8]) -> Option<Self> {
        let mut rest = header.iter().copied();
        let _kind = next_integer(&mut rest)?;
        let bytes = next_integer(&mut rest)?;
        let _packed = next_integer(&mut rest)?;
        let mut mark = rest.next()?;
        if mark == NEXT_IS_INTEGER {
            let _checksum = varint(&mut rest)?;
            mark = rest.next()?;
        }
        let holds = mark & 0x0f == STRUCTURE;
        let values = holds.then(|| next_integer(&mut rest))??;
        Some(Promise { bytes, values })
    }
}

/// The mark of a field that is the next in number and a 32-bit integer.
const NEXT_IS_INTEGER: u8 = 0x15;
/// What the mark of a structure ends with.
const STRUCTURE: u8 = 0x0c;

/// A field of that mark that is not negative.
fn next_integer(rest: &mut impl Iterator<Item = u8>) -> Option<usize> {
    if rest.next()? != NEXT_IS_INTEGER {
        return None;
    }
    // Zigzag: an odd number stands for a negative one.
    let zigzag = varint(rest)?;
    (zigzag % 2 == 0).then_some((zigzag / 2) as usize)
}

/// A number of 32 bits in groups of seven, the lowest first; all but the last are marked.
fn varint(rest: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut value = 0;
    for group in 0..5 {
        let byte = rest.next()?;
        value |= u64::from(byte & 0x7f) << (7 * group);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A dictionary (2) of that many bytes and values; a checksum of -1 stands between them.
    fn dictionary(bytes: &[u8], values: &[u8]) -> Vec<u8> {
        let parts: [&[u8]; 5] = [
            &[0x15, 4, 0x15],
            bytes,
            &[0x15, 2, 0x15, 1, 0x3c, 0x15],
            values,
            &[0],
        ];
        parts.concat()
    }

    #[test]
    fn a_header_says_what_its_page_holds() {
        // 300 bytes and 7 values, each twice its number.
        let (bytes, values) = (&[0xd8, 0x04][..], &[14][..]);
        let promise = Some(Promise {
            bytes: 300,
            values: 7,
        });
        assert_eq!(Promise::of(&dictionary(bytes, values)), promise);
        // A data page without a checksum.
        let data = [0x15, 0, 0x15, 0xd8, 0x04, 0x15, 2, 0x2c, 0x15, 14];
        assert_eq!(Promise::of(&data), promise);
        // Negative bytes and values; another order; headers that break off.
        assert_eq!(Promise::of(&dictionary(&[1], values)), None);
        assert_eq!(Promise::of(&dictionary(bytes, &[1])), None);
        assert_eq!(Promise::of(&[0x25, 0, 0x15, 0]), None);
        for end in 0..data.len() {
            assert_eq!(Promise::of(&data[..end]), None);
        }
    }

    #[test]
    fn pages_are_read_until_they_are_too_much_together() {
        let refused = |header: Vec<u8>| {
            let pages = Pages::new(Bytes::from(header));
            assert!(pages.get_read(0).is_ok() && pages.get_read(0).is_ok());
            pages.get_read(0).unwrap_err().to_string()
        };
        // 2^27 bytes each, of 2^28 that may be; 2^24 values each, of 40 million.
        let many = refused(dictionary(&[0x80, 0x80, 0x80, 0x80, 0x01], &[14]));
        assert!(many.contains("more than 256 MB"), "{many}");
        let many = refused(dictionary(&[14], &[0x80, 0x80, 0x80, 0x10]));
        assert!(many.contains("more than 40000000 values"), "{many}");
    }
}
