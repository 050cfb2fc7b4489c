#include "plugins/blockaggregator/blockhash.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace {

using lm::blockaggregator::BlockHash;

std::span<const std::byte> bytesOf(std::string_view text) {
    return std::as_bytes(std::span(text));
}

TEST(BlockHashTest, IsThePublishedXxh3Of128Bits) {
    EXPECT_EQ(BlockHash().hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(BlockHashTest, DoesNotDependOnHowTheBytesArrive) {
    std::vector<char> audio(10'000);
    for (std::size_t i = 0; i < audio.size(); ++i)
        audio[i] = static_cast<char>(i * 31 % 251);
    const std::string_view all(audio.data(), audio.size());
    BlockHash once;
    once.add(bytesOf(all));
    BlockHash pieces;
    for (std::size_t at = 0, size = 1; at < all.size(); at += size, size = size * 3 % 997 + 1)
        pieces.add(bytesOf(all.substr(at, size)));
    EXPECT_EQ(pieces.hex(), once.hex());
}

TEST(BlockHashTest, TellsBlocksApartAndBeginsAnew) {
    BlockHash hash;
    hash.add(bytesOf("one"));
    const std::string one = hash.hex();
    hash.reset();
    hash.add(bytesOf("two"));
    EXPECT_NE(hash.hex(), one);
    hash.reset();
    hash.add(bytesOf("one"));
    EXPECT_EQ(hash.hex(), one);
}

} // namespace
