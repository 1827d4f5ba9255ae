"""Jupyter's own tests of a kernel, run on this one."""
import unittest

import jupyter_kernel_test


class AniSoraKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "anisora-test"
    language_name = "C#"
    file_extension = ".cs"
    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("oops");'
    completion_samples = [{"text": "Console.WriteL", "matches": {"WriteLine"}}, {"text": "whil", "matches": {"while"}}]
    complete_code_samples = ["1 + 1", "int x = 3;", "class A { }"]
    incomplete_code_samples = ["class A {", "1 +", "if (true) {"]
    invalid_code_samples = ["int x = = 3;"]
    code_page_something = ""
    code_generate_error = 'throw new Exception("on purpose");'
    code_execute_result = [{"code": "6 * 7", "result": "42"}, {"code": '"text"', "result": "text"}]
    code_display_data = [{"code": 'display(HTML("<b>x</b>"));', "mime": "text/html"}]
    code_history_pattern = "6?*7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Console.WriteLine"
    code_clear_output = "clear_output();"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The tests' own limits (15 s for a reply, 1 s for an output) are for a kernel that has started.
        cls.kc.execute_interactive("1 + 1", timeout=60)

    def execute_helper(self, code, timeout=60, **kwargs):
        return super().execute_helper(code, timeout=timeout, **kwargs)


if __name__ == "__main__":
    unittest.main(verbosity=2)
