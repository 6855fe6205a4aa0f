;; A plugin by hand, for tests: `describe` says little; `configure` and `evaluate` are filled in.
(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 8192))

  ;; Never frees; a fresh instance for each sample makes that right.
  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
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

  (; fields ;)

  (data (i32.const 1024) "hostile")
  (data (i32.const 1040) "1.0.0")
  (data (i32.const 1056) "{}")

  ;; name, version, summary, kind, settings-schema, range: none, higher-is-better, needs: none
  (func (export "scorebox:plugin/metric@0.1.0#describe") (result i32)
    (i32.store (i32.const 2048) (i32.const 1024)) (i32.store (i32.const 2052) (i32.const 7))
    (i32.store (i32.const 2056) (i32.const 1040)) (i32.store (i32.const 2060) (i32.const 5))
    (i32.store (i32.const 2076) (i32.const 1056)) (i32.store (i32.const 2080) (i32.const 2))
    (i32.const 2048))

  ;; ok
  (func (export "scorebox:plugin/metric@0.1.0#configure") (param i32 i32) (result i32)
    (; configure ;))

  (func (export "scorebox:plugin/metric@0.1.0#evaluate")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (; evaluate ;)))
