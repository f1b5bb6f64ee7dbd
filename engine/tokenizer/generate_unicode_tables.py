#!/usr/bin/env python3
"""Writes unicode_tables.cpp by asking the Hugging Face tokenizers library about every code point.

The library mixes several versions of Unicode (its categories are Unicode 8, its normal forms
Unicode 9, its lower case the compiler's), so no single Unicode release gives its ids. Asking it is
the only exact source. Needs: pip install tokenizers unicodedata2 (the newest one: it tells which
characters take part in normal forms that the library does not know yet).

usage: generate_unicode_tables.py > unicode_tables.cpp
"""
import sys

import tokenizers
import unicodedata2
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

LETTER, NUMBER, SPACE, PUNCTUATION, NONSPACING_MARK, REMOVED, WORD, INERT = (1 << i for i in range(8))
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]

BYTE_LEVEL = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
BERT = pre_tokenizers.BertPreTokenizer()
CLEAN = normalizers.BertNormalizer(
    clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
STRIP = normalizers.BertNormalizer(
    clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
FORMS = {name: getattr(normalizers, name)() for name in ("NFD", "NFC", "NFKD", "NFKC")}


def marker(**flags):
    """A tokenizer of which id 1 is the added token @@@ and everything else is unknown (0)."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.add_tokens([AddedToken("@@@", normalized=False, **flags)])
    return tokenizer


SINGLE_WORD = marker(single_word=True)
RIGHT_STRIP = marker(rstrip=True)


def classify(char):
    flags = 0
    if len(BYTE_LEVEL.pre_tokenize_str("a" + char)) == 1:
        flags |= LETTER
    if len(BYTE_LEVEL.pre_tokenize_str("1" + char)) == 1:
        flags |= NUMBER
    bert_pieces = len(BERT.pre_tokenize_str("a" + char + "a"))
    if bert_pieces == 2:
        flags |= SPACE
    # The three definitions of white space (regex \s twice, char::is_whitespace) must be one.
    regex_space = not flags & (LETTER | NUMBER) and len(BYTE_LEVEL.pre_tokenize_str("!" + char)) == 2
    added_space = len(RIGHT_STRIP.encode("@@@" + char).ids) == 1
    assert regex_space == added_space == (bert_pieces == 2), hex(ord(char))
    if bert_pieces == 3:
        flags |= PUNCTUATION
    if NFD(char) == char and STRIP.normalize_str(char) == "":
        flags |= NONSPACING_MARK
    if CLEAN.normalize_str(char) == "":
        flags |= REMOVED
    if 1 not in SINGLE_WORD.encode("@@@" + char).ids:
        flags |= WORD
    if unknown_to_normal_forms(char):
        flags |= INERT
    return flags


def NFD(text):
    return FORMS["NFD"].normalize_str(text)


def unknown_to_normal_forms(char):
    """Newer Unicode decomposes, composes or reorders this character; the library leaves it alone."""
    if char in NEW_FIRST_OF_COMPOSITION:
        return True
    for name, form in FORMS.items():
        here, newest = form.normalize_str(char), unicodedata2.normalize(name, char)
        if here != newest:
            assert here == char, hex(ord(char))
            return True
    order = unicodedata2.combining(char)
    if order == 0 or unicodedata2.normalize("NFD", char) != char:
        return False
    # Orders 1 and 240 are the smallest and the largest there are.
    low, high = "\u0334", "\u0345"
    moves = NFD("a" + high + char) != "a" + high + char or NFD("a" + char + low) != "a" + char + low
    return not moves


def first_of_new_compositions():
    first = set()
    for c in CODE_POINTS:
        newest = unicodedata2.normalize("NFD", chr(c))
        if newest != chr(c) and NFD(chr(c)) == chr(c):
            first.add(newest[0])
    return first


NEW_FIRST_OF_COMPOSITION = first_of_new_compositions()


def class_runs():
    runs = []
    for c in range(0x110000):
        flags = 0 if 0xD800 <= c < 0xE000 else classify(chr(c))
        if runs and runs[-1][1] == flags:
            runs[-1][0] += 1
        else:
            runs.append([1, flags])
    return runs


def lowercase_ranges():
    """[first, last, step, delta]: alternating scripts (Latin Extended) have step 2."""
    ranges, lower = [], normalizers.Lowercase()
    for c in CODE_POINTS:
        mapped = lower.normalize_str(chr(c))
        if mapped == chr(c):
            continue
        if len(mapped) != 1:
            assert c == 0x130, hex(c)  # the only one; lowercase() spells it out
            continue
        delta = ord(mapped) - c
        if ranges and ranges[-1][3] == delta:
            first, last, step, _ = ranges[-1]
            gap = c - last
            if (first == last and gap <= 2) or (first != last and gap == step):
                ranges[-1] = [first, c, gap, delta]
                continue
        ranges.append([c, c, 1, delta])
    return ranges


def emit(items):
    line = " "
    for item in items:
        if len(line) + len(item) + 2 > 100:
            print(line)
            line = " "
        line += " " + item + ","
    print(line)


def main():
    print("// Generated by generate_unicode_tables.py from Hugging Face tokenizers "
          + tokenizers.__version__ + "; do not edit.")
    print("// clang-format off")
    print('#include "engine/tokenizer/unicode_tables.h"\n')
    print("namespace zerocl::unicode {\n")
    print("// {length, classes}: the runs cover U+0000 to U+10FFFF without a gap.")
    print("const ClassRun kClassRuns[] = {")
    runs = class_runs()
    emit("{%d,%d}" % tuple(run) for run in runs)
    print("};\nconst std::size_t kClassRunCount = sizeof(kClassRuns) / sizeof(kClassRuns[0]);\n")
    print("// {first, last, step, what to add}")
    print("const LowercaseRange kLowercaseRanges[] = {")
    ranges = lowercase_ranges()
    emit("{0x%X,0x%X,%d,%d}" % tuple(r) for r in ranges)
    print("};\nconst std::size_t kLowercaseRangeCount =")
    print("    sizeof(kLowercaseRanges) / sizeof(kLowercaseRanges[0]);\n")
    print("}  // namespace zerocl::unicode")
    print(f"{len(runs)} runs, {len(ranges)} lower-case ranges", file=sys.stderr)


if __name__ == "__main__":
    main()
