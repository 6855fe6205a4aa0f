;; Row 12: a thousand findings, whose messages are all the same sixty thousand bytes: sixty megabytes out of one page.
(module
  (memory (export "memory") 4)
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (local $finding i32)
    (memory.fill (i32.const 8192) (i32.const 0x41) (i32.const 60000))
    (local.set $finding (i32.const 131072))
    (loop $next
      (i32.store offset=0 (local.get $finding) (i32.const 8192))   ;; rule
      (i32.store offset=4 (local.get $finding) (i32.const 5))
      (i32.store offset=8 (local.get $finding) (i32.const 8192))   ;; message
      (i32.store offset=12 (local.get $finding) (i32.const 60000))
      (local.set $finding (i32.add (local.get $finding) (i32.const 36)))
      (br_if $next (i32.lt_u (local.get $finding) (i32.const 167072))))
    (i32.store (i32.const 4124) (i32.const 131072))
    (i32.store (i32.const 4128) (i32.const 1000))
    (i32.const 4096)))
