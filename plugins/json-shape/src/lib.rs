//! json-shape
