//! pii-leak
