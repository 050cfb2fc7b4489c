#include "service/engineio/pollbody.hpp"

#include <gtest/gtest.h>

namespace lm::engineio {
namespace {

http::Response ofSize(std::size_t bytes) {
    http::Response response;
    for (std::size_t i = 0; i < bytes; ++i)
        response.body += static_cast<char>('a' + i % 23);
    return response;
}

TEST(PollBody, LargeOnesComeInPiecesAndAreCountedUntilTheyAreOut) {
    const auto unfetched = std::make_shared<Unfetched>(1'000'000);
    const std::string whole = ofSize(200'000).body;
    http::Response response = ofSize(200'000);
    ASSERT_TRUE(holdUnfetched(response, unfetched));
    EXPECT_TRUE(response.body.empty());
    EXPECT_EQ(unfetched->bytes(), 200'000u);
    std::string read;
    while (response.source->size() > 0)
        response.source->read([&](http::BodySource::Piece piece) { read += piece.value(); });
    EXPECT_TRUE(read == whole);
    response.source.reset();
    EXPECT_EQ(unfetched->bytes(), 0u);
}

TEST(PollBody, SmallOnesAreLeftAlone) {
    const auto unfetched = std::make_shared<Unfetched>(0);
    http::Response response = ofSize(pollPiece);
    EXPECT_TRUE(holdUnfetched(response, unfetched));
    EXPECT_EQ(response.body.size(), pollPiece);
    EXPECT_FALSE(response.source);
}

TEST(PollBody, WhatNobodyFetchesIsBounded) {
    const auto unfetched = std::make_shared<Unfetched>(500'000);
    http::Response first = ofSize(200'000), second = ofSize(200'000), third = ofSize(200'000);
    EXPECT_TRUE(holdUnfetched(first, unfetched));
    EXPECT_TRUE(holdUnfetched(second, unfetched));
    EXPECT_FALSE(holdUnfetched(third, unfetched));
    EXPECT_FALSE(third.source);
    first.source.reset();
    third = ofSize(200'000);
    EXPECT_TRUE(holdUnfetched(third, unfetched)) << "a client that went has made room";
}

} // namespace
} // namespace lm::engineio
