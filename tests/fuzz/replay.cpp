#include "tests/fuzz/promise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

// A target without libFuzzer: the committed inputs, then a fixed number of mutations of them that are the
// same on every machine. Finds what has become wrong, not what always was: for that there is tools/fuzz.

extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

constexpr std::size_t longestInput = 16U << 10;

std::string corpus;
int mutations = 0;

std::vector<std::string> seeds() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(corpus))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<std::string> texts;
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return texts;
}

/// The same sequence everywhere, which the distributions of the standard library are not.
class Dice {
public:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : engine_() % bound; }

private:
    std::mt19937 engine_{20240229};
};

void mutateOnce(std::string& input, const std::vector<std::string>& others, Dice& dice) {
    static constexpr unsigned char telling[] = {0, 1, 0x7E, 0x7F, 0x80, 0xFF, '"', '%', '&', '{', '[', '\\'};
    const std::size_t at = dice.below(input.size() + 1);
    const std::size_t length = std::min(dice.below(9), input.size() - at);
    switch (dice.below(6)) {
    case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << dice.below(8)));
        break;
    case 1:
        input.insert(at, 1, static_cast<char>(telling[dice.below(std::size(telling))]));
        break;
    case 2:
        if (at < input.size()) input[at] = static_cast<char>(dice.below(256));
        break;
    case 3:
        input.erase(at, length);
        break;
    case 4:
        input.insert(at, input.substr(at, length));
        break;
    default: {
        const std::string& other = others[dice.below(others.size())];
        input.insert(at, other.substr(dice.below(other.size() + 1), 1 + dice.below(64)));
    }
    }
    if (input.size() > longestInput) input.resize(longestInput);
}

std::string hexadecimal(const std::string& input) {
    std::string text;
    for (const char c : input) {
        constexpr char digits[] = "0123456789abcdef";
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[c & 15];
    }
    return text;
}

/// False when the promise was broken: one is enough.
bool keeps(const std::string& input) {
    // On the heap and of this length, so that AddressSanitizer sees a byte too far.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    try {
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
        return true;
    } catch (const std::exception& broken) {
        ADD_FAILURE() << broken.what() << "\ninput, hexadecimal: " << hexadecimal(input);
        return false;
    }
}

} // namespace

TEST(Replay, EverySeedKeepsThePromise) {
    const auto inputs = seeds();
    ASSERT_GE(inputs.size(), 3u) << corpus;
    EXPECT_TRUE(keeps(""));
    for (const std::string& input : inputs)
        ASSERT_TRUE(keeps(input));
}

TEST(Replay, MutationsOfTheSeedsKeepThePromise) {
    const auto inputs = seeds();
    Dice dice;
    ASSERT_GT(mutations, 0);
    for (int i = 0; i < mutations; ++i) {
        std::string input = inputs[dice.below(inputs.size())];
        for (std::size_t n = 1 + dice.below(6); n > 0; --n)
            mutateOnce(input, inputs, dice);
        ASSERT_TRUE(keeps(input)) << "mutation " << i;
    }
}

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    if (argc != 3) return 2;
    corpus = argv[1];
    mutations = std::atoi(argv[2]);
    if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
    return RUN_ALL_TESTS();
}
