;; Row 52: asked what it is, it has a name of a megabyte.
(module
  (memory (export "memory") 20)
  (data (i32.const 1040) "1.0.0")
  (data (i32.const 1056) "{}")
  (func (export "scorebox:plugin/metric@0.1.0#describe") (type $describe)
    (memory.fill (i32.const 65536) (i32.const 0x61) (i32.const 1000000))
    (i32.store (i32.const 2048) (i32.const 65536)) (i32.store (i32.const 2052) (i32.const 1000000))
    (i32.store (i32.const 2056) (i32.const 1040)) (i32.store (i32.const 2060) (i32.const 5))
    (i32.store (i32.const 2076) (i32.const 1056)) (i32.store (i32.const 2080) (i32.const 2))
    (i32.const 2048)))
