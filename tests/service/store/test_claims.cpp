#include "service/store/claims.hpp"

#include "tests/service/store/engines.hpp"

namespace lm::store {
namespace {

class EgressClaims : public Engines {
protected:
    const std::unique_ptr<Connection> db_ = connectMigrated();
};

TEST_P(EgressClaims, AreOfOneReplicaAtATime) {
    EXPECT_TRUE(must(claimTrack(*db_, "TR_1", "a", at(0), at(60))));
    EXPECT_FALSE(must(claimTrack(*db_, "TR_1", "b", at(59), at(119))));
    EXPECT_TRUE(must(claimTrack(*db_, "TR_1", "a", at(59), at(100)))) << "it has it still";
    EXPECT_TRUE(must(claimTrack(*db_, "TR_2", "b", at(59), at(119)))) << "another track";
    EXPECT_FALSE(must(claimTrack(*db_, "TR_1", "b", at(99), at(150))));
    EXPECT_TRUE(must(claimTrack(*db_, "TR_1", "b", at(100), at(150)))) << "it has ended";
}

TEST_P(EgressClaims, EndEarlierButNeverAnothersOrLater) {
    EXPECT_TRUE(must(claimTrack(*db_, "TR_1", "a", at(0), at(60))));
    must(endClaim(*db_, "TR_1", "b", at(1)));
    must(endClaim(*db_, "TR_1", "a", at(90)));
    EXPECT_FALSE(must(claimTrack(*db_, "TR_1", "b", at(59), at(120))));
    must(endClaim(*db_, "TR_1", "a", at(5)));
    EXPECT_TRUE(must(claimTrack(*db_, "TR_1", "b", at(5), at(120))));
    must(endClaim(*db_, "TR_9", "a", at(5)));
}

TEST_P(EgressClaims, AreClearedAwayWhenTheyHaveEnded) {
    EXPECT_TRUE(must(claimTrack(*db_, "TR_1", "a", at(0), at(60))));
    EXPECT_TRUE(must(claimTrack(*db_, "TR_2", "a", at(0), at(61))));
    EXPECT_EQ(must(forgetClaims(*db_, at(61))), 1U);
    EXPECT_FALSE(must(claimTrack(*db_, "TR_2", "b", at(60), at(120))));
}

ON_BOTH_ENGINES(EgressClaims);

} // namespace
} // namespace lm::store
