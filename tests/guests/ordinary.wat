;; What an ordinary plugin consists of. Whatever a guest leaves out, it gets from here, part by part.

;; part: always
(type $describe (func (result i32)))
(type $configure (func (param i32 i32) (result i32)))
;; id, input, output, expected, context, conversation, metadata: pointer and length, `expected` behind a flag.
(type $evaluate (func
  (param i32 i32) (param i32 i32) (param i32 i32) (param i32 i32 i32) (param i32 i32) (param i32 i32) (param i32 i32)
  (result i32)))

;; part: (export "memory")
;; 1024 words, 2048 the descriptor, 3072 the answer of `configure`, 4096 to 8191 free for the guest, 8192 the heap.
(memory (export "memory") 1)

;; part: (export "cabi_realloc")
;; Never frees; a fresh instance for each sample makes that right.
(global $next (mut i32) (i32.const 8192))
(func $realloc (export "cabi_realloc")
  (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
  (local $at i32)
  (local.set $at
    (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.xor (i32.sub (local.get $align) (i32.const 1)) (i32.const -1))))
  (global.set $next (i32.add (local.get $at) (local.get $size)))
  (block $enough
    (loop $grow
      (br_if $enough (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
      (unreachable)))
  (local.get $at))

;; part: (export "scorebox:plugin/metric@0.1.0#describe")
(data (i32.const 1024) "hostile")
(data (i32.const 1040) "1.0.0")
(data (i32.const 1056) "{}")
;; name, version, summary, kind, settings-schema, range: none, higher-is-better, needs: none
(func (export "scorebox:plugin/metric@0.1.0#describe") (type $describe)
  (i32.store (i32.const 2048) (i32.const 1024)) (i32.store (i32.const 2052) (i32.const 7))
  (i32.store (i32.const 2056) (i32.const 1040)) (i32.store (i32.const 2060) (i32.const 5))
  (i32.store (i32.const 2076) (i32.const 1056)) (i32.store (i32.const 2080) (i32.const 2))
  (i32.const 2048))

;; part: (export "scorebox:plugin/metric@0.1.0#configure")
;; ok
(func (export "scorebox:plugin/metric@0.1.0#configure") (type $configure)
  (i32.const 3072))

;; part: (export "scorebox:plugin/metric@0.1.0#evaluate")
;; A score at 4104: the value 1, verdict pass, everything else empty.
(func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
  (f64.store (i32.const 4104) (f64.const 1))
  (i32.const 4096))
