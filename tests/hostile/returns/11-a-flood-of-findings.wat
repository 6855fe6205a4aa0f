;; Row 11: sixty findings with messages of 64 KiB, all of the same zeros: fewer bytes than may be returned, and six times as
;; many in a record.
(module
  (memory (export "memory") 3)
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (local $finding i32)
    (local.set $finding (i32.const 5000))
    (loop $next
      (i32.store (local.get $finding) (i32.const 1024))
      (i32.store offset=4 (local.get $finding) (i32.const 7))
      (i32.store offset=8 (local.get $finding) (i32.const 65536))
      (i32.store offset=12 (local.get $finding) (i32.const 65536))
      (local.set $finding (i32.add (local.get $finding) (i32.const 36)))
      (br_if $next (i32.lt_u (local.get $finding) (i32.const 7160))))
    (i32.store (i32.const 4124) (i32.const 5000))
    (i32.store (i32.const 4128) (i32.const 60))
    (i32.const 4096)))
