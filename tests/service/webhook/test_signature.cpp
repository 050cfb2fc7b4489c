#include "service/webhook/signature.hpp"

#include "tests/service/webhook/vector.hpp"

#include <gtest/gtest.h>

namespace lm::webhook {
namespace {

using Verdict = Signature::Verdict;
using std::chrono::seconds;

const Signature signature("devkey", "secret");

TEST(Signature, OfLiveKitIsTaken) {
    for (const seconds later : {seconds(-60), seconds(0), seconds(300 + 59)})
        EXPECT_EQ(signature.check(vector::authorization, vector::body, vector::signedAt + later),
                  Verdict::Valid);
}

TEST(Signature, BindsEveryByteOfTheBody) {
    const std::string body = vector::body;
    for (std::size_t i = 0; i < body.size(); ++i) {
        std::string changed = body;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        ASSERT_EQ(signature.check(vector::authorization, changed, vector::signedAt), Verdict::Mismatch) << i;
    }
    for (const std::string& other : {body + ' ', body + '\0', body.substr(1), std::string()})
        EXPECT_EQ(signature.check(vector::authorization, other, vector::signedAt), Verdict::Mismatch);
}

TEST(Signature, BindsKeyAndSecret) {
    EXPECT_EQ(Signature("otherkey", "secret").check(vector::authorization, vector::body, vector::signedAt),
              Verdict::Mismatch);
    EXPECT_EQ(Signature("devkey", "Secret").check(vector::authorization, vector::body, vector::signedAt),
              Verdict::Mismatch);
}

TEST(Signature, WithoutAKeyNothingIsValid) {
    EXPECT_EQ(Signature("", "").check(vector::authorization, vector::body, vector::signedAt),
              Verdict::Mismatch);
    const auto claims =
        R"({"exp":1767225900,"iss":"","sha256":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="})";
    const auto token = jwt::sign(claims, "secret");
    ASSERT_TRUE(token);
    EXPECT_EQ(Signature("", "secret").check(*token, "", vector::signedAt), Verdict::Mismatch);
}

TEST(Signature, MustBindABody) {
    // A token to join a room, signed with the same secret.
    const auto token = jwt::sign(R"({"exp":1767225900,"iss":"devkey","sub":"alice"})", "secret");
    ASSERT_TRUE(token);
    EXPECT_EQ(signature.check(*token, vector::body, vector::signedAt), Verdict::Mismatch);
    EXPECT_EQ(signature.check(*token, "", vector::signedAt), Verdict::Mismatch);
}

TEST(Signature, HasItsTime) {
    EXPECT_EQ(signature.check(vector::authorization, vector::body, vector::signedAt - seconds(61)),
              Verdict::Expired);
    EXPECT_EQ(signature.check(vector::authorization, vector::body, vector::signedAt + seconds(361)),
              Verdict::Expired);
}

TEST(Signature, IsABareToken) {
    EXPECT_EQ(signature.check("", vector::body, vector::signedAt), Verdict::Unsigned);
    for (const std::string& text :
         {std::string("Bearer ") + vector::authorization, std::string("x"), std::string("a.b.c"),
          // {"alg":"none"}, and the claims of the right one
          "eyJhbGciOiJub25lIn0" + std::string(vector::authorization).substr(36)})
        EXPECT_EQ(signature.check(text, vector::body, vector::signedAt), Verdict::Malformed) << text;
}

} // namespace
} // namespace lm::webhook
