#include "service/store/users.hpp"
#include "tests/service/store/engines.hpp"

namespace lm::store {
namespace {

class Users : public Engines {
protected:
    const std::unique_ptr<Connection> db_ = connectMigrated();
};

TEST_P(Users, AreMadeFoundChangedAndDeleted) {
    const User made = must(createUser(*db_, "a@example.org", "Anna", at(1)));
    EXPECT_EQ(made.createdAt, at(1));
    EXPECT_EQ(made.updatedAt, at(1));
    const User changed = *must(changeUser(*db_, made.id, {{}, "Änne"}, at(2)));
    EXPECT_EQ(changed.name, "Änne");
    EXPECT_EQ(changed.email, "a@example.org") << "what is not named stays";
    EXPECT_EQ(changed.createdAt, at(1));
    EXPECT_EQ(changed.updatedAt, at(2));
    EXPECT_EQ(must(findUser(*db_, made.id))->name, "Änne");
    EXPECT_TRUE(must(deleteUser(*db_, made.id)));
    EXPECT_FALSE(must(findUser(*db_, made.id)));
}

TEST_P(Users, ThatAreNotThereAreToldAsSuch) {
    EXPECT_FALSE(must(findUser(*db_, "nobody")));
    EXPECT_FALSE(must(changeUser(*db_, "nobody", {"x@example.org", {}}, at(1))));
    EXPECT_FALSE(must(deleteUser(*db_, "nobody")));
}

TEST_P(Users, ThatWantTheAddressOfAnotherAreAConflict) {
    must(createUser(*db_, "a@example.org", "A", at(1)));
    const User other = must(createUser(*db_, "b@example.org", "B", at(1)));
    const auto second = createUser(*db_, "a@example.org", "C", at(2));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.failure().kind, Failure::Kind::Conflict);
    EXPECT_EQ(second.failure().message.find("example.org"), std::string::npos) << "no value in a message";
    const auto changed = changeUser(*db_, other.id, {"a@example.org", {}}, at(2));
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().kind, Failure::Kind::Conflict);
    EXPECT_EQ(must(findUser(*db_, other.id))->email, "b@example.org");
    EXPECT_TRUE(db_->usable());
    EXPECT_TRUE(must(changeUser(*db_, other.id, {"b@example.org", {}}, at(3)))) << "one's own is free";
}

TEST_P(Users, AreListedNewestFirstInPages) {
    for (int i = 0; i < 5; ++i)
        must(createUser(*db_, std::to_string(i) + "@example.org", std::to_string(i), at(i)));
    const auto first = must(listUsers(*db_, {{}, 3}));
    ASSERT_EQ(first.items.size(), 3u);
    EXPECT_EQ(first.items[0].name, "4");
    ASSERT_TRUE(first.next);
    const auto second = must(listUsers(*db_, {first.next, 3}));
    ASSERT_EQ(second.items.size(), 2u);
    EXPECT_EQ(second.items[1].name, "0");
    EXPECT_FALSE(second.next);
}

ON_BOTH_ENGINES(Users);

} // namespace
} // namespace lm::store
