//! Reads tensors out of a safetensors file.
//!
//! The format is 8 bytes with the length of a JSON header, the header, and the values. The header is a stranger's: its
//! length, and that every tensor lies within the file and is as large as its shape says, is checked before anything is
//! read. One tensor is read at a time, so that the file is never in memory twice.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use sha2::{Digest, Sha256};

use super::LocalModelError;

/// Bytes of a header: a hundred thousand tensors.
const MAX_HEADER: u64 = 16 << 20;
/// Bytes of a file: beyond it, processors alone are too slow to be of use.
pub(in crate::models) const MAX_BYTES: u64 = 4 << 30;

/// A file of tensors.
#[derive(Debug)]
pub(super) struct Weights {
    path: PathBuf,
    file: File,
    metadata: Metadata,
    /// Where the values begin.
    start: u64,
    /// What stands before the name of every tensor that is asked for.
    prefix: &'static str,
    /// SHA-256 of the file, in hexadecimal.
    pub(super) digest: String,
}

impl Weights {
    /// Opens the file and checks its header.
    pub(super) fn open(path: &Path) -> Result<Self, LocalModelError> {
        let (mut file, length) = super::folder::open(path, MAX_BYTES)?;
        let wrong = |reason: String| LocalModelError::Weights { path: path.to_owned(), reason };
        let unreadable = |source| LocalModelError::Read { path: path.to_owned(), source };
        let mut head = [0; 8];
        file.read_exact(&mut head)
            .map_err(|_| wrong("it is shorter than the length of its header".to_owned()))?;
        let header = u64::from_le_bytes(head);
        if header > MAX_HEADER || header > length - 8 {
            return Err(wrong(format!(
                "it begins with a header of {header} bytes, which is no safetensors file; was it fetched as a pointer of Git LFS?"
            )));
        }
        let mut bytes = Vec::new();
        (&mut file).take(header).read_to_end(&mut bytes).map_err(unreadable)?;
        // Sees to it that tensors follow each other, each as large as its shape says.
        let metadata: Metadata = serde_json::from_slice(&bytes)
            .map_err(|error| wrong(format!("its header is not understood: {error}")))?;
        let start = 8 + header;
        if metadata.data_len() as u64 != length - start {
            return Err(wrong(format!(
                "its header announces {} bytes of values and {} follow: the file is not whole",
                metadata.data_len(),
                length - start
            )));
        }
        let digest = digest(&mut file).map_err(unreadable)?;
        Ok(Self { path: path.to_owned(), file, metadata, start, prefix: "", digest })
    }

    /// From here on, names are looked up behind the first of `prefixes` that `name` is found under.
    pub(super) fn within(mut self, prefixes: &[&'static str], name: &str) -> Self {
        let found = prefixes.iter().find(|prefix| self.metadata.info(&format!("{prefix}{name}")).is_some());
        self.prefix = found.copied().unwrap_or_default();
        self
    }

    /// Whether there is a tensor of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.metadata.info(&format!("{}{name}", self.prefix)).is_some()
    }

    /// The shape of a tensor.
    pub(super) fn shape(&self, name: &str) -> Result<&[usize], LocalModelError> {
        let full = format!("{}{name}", self.prefix);
        let info =
            self.metadata.info(&full).ok_or_else(|| self.wrong(format!("it has no tensor `{full}`")))?;
        Ok(&info.shape)
    }

    /// A tensor of this shape, as numbers of 32 bits.
    pub(super) fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, LocalModelError> {
        let full = format!("{}{name}", self.prefix);
        let found = self.shape(name)?;
        if found != shape {
            return Err(
                self.wrong(format!("`{full}` is of the shape {found:?}, and config.json makes it {shape:?}"))
            );
        }
        let info =
            self.metadata.info(&full).ok_or_else(|| self.wrong(format!("it has no tensor `{full}`")))?;
        let dtype = match info.dtype {
            Dtype::F64 => DType::F64,
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            Dtype::I64 => DType::I64,
            Dtype::U8 => DType::U8,
            other => return Err(self.wrong(format!("`{full}` is of the type {other}, which is not read"))),
        };
        let (start, end) = info.data_offsets;
        let mut bytes = vec![0; end - start];
        let read = self
            .file
            .seek(SeekFrom::Start(self.start + start as u64))
            .and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|source| LocalModelError::Read { path: self.path.clone(), source })?;
        let tensor = Tensor::from_raw_buffer(&bytes, dtype, shape, &Device::Cpu);
        let tensor = tensor.and_then(|tensor| tensor.to_dtype(DType::F32));
        let finite = tensor.and_then(|tensor| {
            let finite = tensor.flatten_all()?.to_vec1::<f32>()?.iter().all(|value| value.is_finite());
            Ok(finite.then_some(tensor))
        });
        finite
            .map_err(|error| self.wrong(format!("`{full}`: {error}")))?
            .ok_or_else(|| self.wrong(format!("`{full}` holds what is no number")))
    }

    /// The same, as the values.
    pub(super) fn values(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, LocalModelError> {
        let tensor = self.tensor(name, shape)?;
        let values = tensor.flatten_all().and_then(|tensor| tensor.to_vec1());
        values.map_err(|error| self.wrong(format!("`{name}`: {error}")))
    }

    pub(super) fn wrong(&self, reason: String) -> LocalModelError {
        LocalModelError::Weights { path: self.path.clone(), reason }
    }
}

/// SHA-256 of a whole file, in hexadecimal.
pub(in crate::models) fn digest(file: &mut File) -> std::io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 1 << 20];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(super::hexadecimal(&hasher.finalize())),
            count => hasher.update(&chunk[..count]),
        }
    }
}
