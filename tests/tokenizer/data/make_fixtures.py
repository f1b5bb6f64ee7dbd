#!/usr/bin/env python3
"""Makes the directories beside it: small tokenizers and what Hugging Face answers with them.

Each directory has the files of a tokenizer (its vocabulary is made of the test strings' own
characters, so that hardly anything hides behind the unknown token) and cases.json: a list of
{text, pair?, special, max_length, ids, types, decoded, decoded_skip}. The strings are random
mixtures of what tokenizers stumble over, always the same ones.

Made with tokenizers 0.23.3:  pip install tokenizers;  make_fixtures.py
"""
import json
import pathlib
import random

from tokenizers import (AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers,
                        processors)

HERE = pathlib.Path(__file__).parent
WORDS = ("the of and Hello WORLD don't can't I'll they've we're I'm he'd it's 'tis ''s 'LL naïve "
         "café résumé ÉCOLE straße İstanbul ΣΊΣΥΦΟΣ ﬁ ½ Ⅷ １２３ x86 3.14 ... -- ¿ “q” ’s").split()
TOKENS = ("[CLS] [SEP] [UNK] [MASK] <s> </s> <mask> <|endoftext|> <tok> TOKé toké Word word lws "
          "rws sw aswa [cls] <mask><mask>").split()
SPACES = [9, 10, 11, 12, 13, 0x1C, 0x20, 0x85, 0xA0, 0x1680, 0x2003, 0x2028, 0x202F, 0x3000,
          0x180E, 0x200B, 0xFEFF]
MARKS = [0x300, 0x301, 0x308, 0x323, 0x327, 0x334, 0x345, 0x5B0, 0x64B, 0x93C, 0x94D, 0x1ABF,
         0x302E, 0x3099, 0x16FF0, 0x1D165, 0x897, 0x1DF6]
COMPOSED = [0xC5, 0xE9, 0x1EA5, 0x1F82, 0x344, 0x958, 0x9CB, 0xF73, 0x2126, 0xFB1D, 0x1D15E,
            0x11938, 0x105C9, 0xAC01, 0xD7A3, 0x1100, 0x1161, 0x11A8, 0xFDFA, 0x32FF, 0xA7F2]
OTHERS = [0x4E2D, 0x9FFF, 0x3400, 0x2A6DF, 0x2A6E0, 0x2B81F, 0x2B820, 0xF900, 0x2FA1F, 0x30000,
          0x3042, 0x1F600, 0x1F1E9, 0xFE0F, 0x20AC, 0x2603, 0x660, 0x966, 0x2160, 0x3007, 0x1C89,
          0xA7CB, 0x10D50, 0x13A0, 0x1E900, 0x24B6, 0, 7, 0x7F, 0xAD, 0x200D, 0x2060, 0xFFFD,
          0xFFFE, 0xE000, 0x10FFFF, 0x378, 0x40, 0x5F, 0x60, 0xAB, 0x2014, 0xFF01, 0x16A6E]


def string(rng):
    """A few pieces of all kinds."""
    parts = []
    for _ in range(rng.randint(0, 9)):
        kind = rng.random()
        if kind < 0.2:
            parts.append(rng.choice(WORDS))
        elif kind < 0.4:
            parts.append(rng.choice(TOKENS))
        elif kind < 0.6:
            parts.append("".join(chr(rng.choice(SPACES)) for _ in range(rng.randint(1, 3)))
                         if rng.random() < 0.4 else " ")
        elif kind < 0.75:
            base = rng.choice([chr(rng.choice(COMPOSED)), rng.choice("aeinAN")])
            parts.append(base + "".join(chr(rng.choice(MARKS)) for _ in range(rng.randint(0, 4))))
        elif kind < 0.95:
            parts.append(chr(rng.choice(OTHERS)))
        elif kind < 0.97:
            parts.append("ab" * rng.randint(48, 52))
        else:
            parts.append("".join(rng.choice("'sStreveml d \n12a!") for _ in range(8)))
    return "".join(parts)


def inputs(seed, count):
    rng = random.Random(seed)
    cases = []
    for i in range(count):
        case = {"text": string(rng), "special": i % 5 != 2,
                "max_length": rng.randint(4, 20) if i % 3 == 0 else 0}
        if i % 4 == 1:
            case["pair"] = string(rng)
        cases.append(case)
    return cases


def write(name, tokenizer, cases, files=None):
    """files: written in place of tokenizer.json."""
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    if files is None:
        tokenizer.save(str(folder / "tokenizer.json"))
    for file, text in (files or {}).items():
        (folder / file).write_text(text, encoding="utf-8")
    for case in cases:
        if case["max_length"]:
            tokenizer.enable_truncation(case["max_length"])
        else:
            tokenizer.no_truncation()
        answer = tokenizer.encode(case["text"], case.get("pair"), add_special_tokens=case["special"])
        case["ids"], case["types"] = answer.ids, answer.type_ids
        case["decoded"] = tokenizer.decode(answer.ids, skip_special_tokens=False)
        case["decoded_skip"] = tokenizer.decode(answer.ids, skip_special_tokens=True)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (folder / "cases.json").write_text("[\n" + lines + "\n]\n")


def added_tokens():
    return [AddedToken("<tok>", normalized=False), AddedToken("TOKé", normalized=True),
            AddedToken("Word", normalized=True, single_word=True),
            AddedToken("lws", normalized=False, lstrip=True),
            AddedToken("rws", normalized=False, rstrip=True),
            AddedToken("sw", normalized=False, single_word=True, lstrip=True, rstrip=True)]


def special(*contents):
    return [AddedToken(c, normalized=False, special=True) for c in contents]


BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def word_piece_vocabulary(cases, normalizer):
    words = []
    for case in cases:
        for text in (case["text"], case.get("pair", "")):
            words += [w for w, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(
                normalizer.normalize_str(text))]
    whole = [w for w in words if w.isascii() and w.isalpha() and len(w) < 6]
    chars = sorted({c for w in words for c in w} - set("qQ"))  # q stays unknown
    tokens = BERT_SPECIAL + chars + ["##" + c for c in chars] + sorted(set(whole))
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}


def bert(name, normalizer, processor, tokens, seed):
    cases = inputs(seed, 120)
    vocabulary = word_piece_vocabulary(cases, normalizer)
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer.add_special_tokens(special(*BERT_SPECIAL))
    tokenizer.add_tokens(tokens)
    tokenizer.post_processor = processor
    files = None
    if not tokens:
        files = {"vocab.txt": "".join(token + "\n" for token in vocabulary),
                 "tokenizer_config.json": json.dumps({"do_lower_case": normalizer.lowercase,
                                                      "strip_accents": normalizer.strip_accents})}
    write(name, tokenizer, cases, files)


def byte_pair(vocabulary_size, cases, holes=()):
    """Merges learnt from the strings; without the bytes in holes."""
    alphabet = [c for c in sorted(pre_tokenizers.ByteLevel.alphabet()) if c not in holes]
    vocabulary = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>"] + alphabet)}
    words = [w for case in cases for text in (case["text"], case.get("pair", ""))
             for w, _ in pre_tokenizers.ByteLevel(False).pre_tokenize_str(text)]
    words = [[c for c in w if c in vocabulary] for w in words]
    merges = []
    while len(vocabulary) < vocabulary_size:
        counts = {}
        for word in words:
            for pair in zip(word, word[1:]):
                counts[pair] = counts.get(pair, 0) + 1
        left, right = max(sorted(counts), key=counts.get)
        merges.append((left, right))
        vocabulary.setdefault(left + right, len(vocabulary))
        for word in words:
            i = 0
            while i + 1 < len(word):
                if (word[i], word[i + 1]) == (left, right):
                    word[i:i + 2] = [left + right]
                i += 1
    return vocabulary, merges


def byte_level(model, add_prefix_space=False):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def roberta():
    cases = inputs(5, 120)
    vocabulary, merges = byte_pair(700, cases)
    vocabulary["<mask>"] = len(vocabulary)
    tokenizer = byte_level(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.add_special_tokens(special("<s>", "<pad>", "</s>", "<unk>")
                                 + [AddedToken("<mask>", normalized=False, special=True, lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    write("roberta-files", tokenizer, cases, {
        "vocab.json": json.dumps(vocabulary),
        "merges.txt": "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges),
        "config.json": json.dumps({"model_type": "roberta"})})


def unknown_bytes():
    """Bytes without a token, a prefix space, a normal form before and a bos token by template."""
    cases = inputs(6, 120)
    vocabulary, merges = byte_pair(500, cases, holes="ÌâæðĢģĤĴabc")
    tokenizer = byte_level(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True),
                           add_prefix_space=True)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens(special("<s>", "</s>"))
    tokenizer.add_tokens(added_tokens())
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single="<s> $A", pair="<s> $A:0 <s>:1 $B:1",
                                      special_tokens=[("<s>", 0)])])
    write("byte-level-json", tokenizer, cases)


def main():
    template = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    bert_processing = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    bert("bert-uncased-files", normalizers.BertNormalizer(lowercase=True), template, [], 1)
    bert("bert-cased-files", normalizers.BertNormalizer(lowercase=False, strip_accents=False),
         template, [], 2)
    bert("bert-added-json", normalizers.BertNormalizer(lowercase=True, strip_accents=True),
         bert_processing, added_tokens(), 3)
    bert("bert-sequence-json", normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()]),
         template, added_tokens(), 4)
    roberta()
    unknown_bytes()


if __name__ == "__main__":
    main()
