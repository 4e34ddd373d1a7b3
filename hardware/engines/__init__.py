"""Two engines, one law: ``reference`` is the specification, ``compiled`` is the speed."""
