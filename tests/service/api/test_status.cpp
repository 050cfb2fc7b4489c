#include "service/api/status.hpp"

#include <gtest/gtest.h>

namespace lm::api {
namespace {

TEST(Status, IsAsSpecified) {
    http::Router router;
    addStatus(router, [] { return domain::UtcTime(std::chrono::milliseconds(1'704'067'200'000)); });
    EXPECT_EQ(router.answer({"GET", "/", "", ""}).body,
              R"({"message":"Live Meeting API is running","status":"ok"})");
    EXPECT_EQ(router.answer({"GET", "/health", "", ""}).body,
              R"({"status":"healthy","timestamp":"2024-01-01T00:00:00.000Z"})");
    EXPECT_EQ(router.answer({"GET", "/health", "", ""}).status, 200u);
}

} // namespace
} // namespace lm::api
