;; Row 1: never comes back from its start function, so nobody gets to call anything.
(module
  (start $never)
  (func $never (loop (br 0))))
