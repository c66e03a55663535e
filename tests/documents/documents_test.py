#!/usr/bin/python3
"""The tools of this folder themselves: what must not match does not."""

import unittest

from answer import Answers, broken
from blocks import blocks_of

ONE, TWO = "9bff6045-5e9d-401f-b852-0c06cb236b57", "f9fec2e7-fbd6-4d2c-9454-39f6a965fa2b"
OTHER, ANOTHER = "11111111-2222-4333-8444-555555555555", "11111111-2222-4333-8444-666666666666"


class Answer(unittest.TestCase):
    def test_is_meant_to_the_letter(self):
        self.assertTrue(Answers().match("<NAME>web</NAME>\n", "<NAME>web</NAME>"))
        for came in ("<NAME>wab</NAME>", "<NAME>web</NAME>x", "", "x<NAME>web</NAME>", "<NAME>web</NAME>\nmore"):
            self.assertFalse(Answers().match("<NAME>web</NAME>\n", came), came)

    def test_of_nothing_is_nothing(self):
        self.assertTrue(Answers().match("", ""))
        self.assertFalse(Answers().match("", "something"))

    def test_has_dots_for_the_rest_of_a_line(self):
        self.assertTrue(Answers().match("Date: ...\nServer: x\n", "Date: today\nServer: x\n"))
        self.assertFalse(Answers().match("Date: ...\nServer: x\n", "Date: today\nmore\nServer: x\n"))

    def test_has_dots_alone_for_lines(self):
        for came in ("a\nz\n", "a\nb\nz\n", "a\nb\nc\nz\n"):
            self.assertTrue(Answers().match("a\n...\nz\n", came), came)
        self.assertFalse(Answers().match("a\n...\nz\n", "a\nb\n"))

    def test_is_one_line_where_it_is_indented(self):
        self.assertTrue(Answers().match("<A>\n    <B/></A>\n", "<A><B/></A>\n"))
        self.assertTrue(Answers().match("a;\n    b\n", "a; b\n"))
        self.assertFalse(Answers().match("<A>\n<B/></A>\n", "<A><B/></A>\n"))

    def test_names_each_id_by_one_of_its_own(self):
        answers = Answers()
        self.assertTrue(answers.match(f"{ONE} {ONE}\n", f"{OTHER} {OTHER}\n"))
        self.assertFalse(answers.match(f"{ONE}\n", f"{ANOTHER}\n"))
        self.assertFalse(answers.match(f"{TWO}\n", f"{OTHER}\n"))
        self.assertTrue(answers.match(f"{TWO}\n", f"{ANOTHER}\n"))
        self.assertFalse(Answers().match(f"{ONE} {ONE}\n", f"{OTHER} {ANOTHER}\n"))

    def test_keeps_an_id_that_a_command_chooses(self):
        answers = Answers()
        answers.keep(f"curl -X PUT /compute/{ONE}")
        self.assertFalse(answers.match(f"{ONE}\n", f"{OTHER}\n"))
        self.assertTrue(answers.match(f"{ONE}\n", f"{ONE}\n"))

    def test_has_times_and_addresses_of_the_same_shape(self):
        self.assertTrue(Answers().match("2026-11-30T13:09:51Z 52:54:00:97:ca:0c\n", "2027-01-01T00:00:00Z 52:54:00:00:00:01\n"))
        self.assertFalse(Answers().match("2026-11-30T13:09:51Z\n", "yesterday\n"))

    def test_says_what_differs(self):
        said = Answers().difference("a\nb\n", "a\nc\n")
        self.assertIn("-b\n+c", said)

    def test_is_the_same_when_it_is_broken(self):
        for long in ("<A>" + "<B>text</B>" * 30 + "</A>", "{" + ",".join(['"name":"value"'] * 30) + "}", "Link: " + 'a="b"; ' * 40 + "z"):
            self.assertGreater(broken(long).count("\n"), 1)
            self.assertTrue(Answers().match(broken(long), long))


class Blocks(unittest.TestCase):
    def test_have_their_answers_directly_below(self):
        first, second = blocks_of("```sh\na\n```\n\n```xml\n<A/>\n```\n\n```sh\nb\n```\n\nwords\n\n```\nno answer\n```\n")
        self.assertEqual((first.commands, first.answer, first.line), ("a\n", "<A/>\n", 2))
        self.assertEqual((second.commands, second.answer, second.line), ("b\n", "", 10))

    def test_are_pasted_where_their_first_line_says(self):
        places = [block.place for block in blocks_of("```sh\n# not pasted: why\n```\n```sh\n# under systemd\n```\n```sh\nls\n```\n")]
        self.assertEqual(places, ["nowhere", "systemd", "agent"])

    def test_have_an_end(self):
        self.assertRaises(ValueError, blocks_of, "```sh\nls\n")


if __name__ == "__main__":
    unittest.main()
