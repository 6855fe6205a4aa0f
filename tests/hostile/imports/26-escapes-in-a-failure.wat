;; Row 26: the same texts as the words of a failure.
(module
  (data (i32.const 4300) "\1b[31mred\1b]0;title\07\0a::error::forged\0d\0a<script>alert(1)</script>]]>\e2\80\ae##[endgroup]")
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (i32.store8 (i32.const 4096) (i32.const 1))    ;; not a score
    (i32.store8 (i32.const 4104) (i32.const 2))    ;; failed
    (i32.store (i32.const 4108) (i32.const 4300))
    (i32.store (i32.const 4112) (i32.const 77))
    (i32.const 4096)))
