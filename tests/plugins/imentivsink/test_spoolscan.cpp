#include "tests/plugins/imentivsink/spooldirectory.hpp"
#include "tests/plugins/imentivsink/spoolhost.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fewdescriptors.hpp"

#include <gtest/gtest.h>

#include <optional>

/// What is in a spool directory when its first sink starts.
namespace lm::test {
namespace {

using namespace lm::imentivsink;

TEST(SpoolScan, ADirectoryThatCannotBeReadIsReadAgainAndNotTakenForEmpty) {
    SpoolDirectory directory;
    const auto spool = *Spool::open(directory.path());
    spool->write(spoolBlock(), [](SpoolWrite, std::optional<std::string> error) { EXPECT_FALSE(error); });
    SpoolHost host;
    const auto delivery = std::make_shared<SpoolDelivery>(spool, host);
    std::vector<std::string> notices;
    delivery->attach(std::make_shared<Track>(spoolTarget(), [&](const Report& report) {
        if (const auto* notice = std::get_if<SpoolNotice>(&report)) notices.push_back(notice->text);
    }));
    std::optional<FewDescriptors> none;
    spool->run([&](Store&) { none.emplace(0U); });
    delivery->start();
    spool->run([&](Store&) { none.reset(); });
    ASSERT_TRUE(eventually([&] { return host.pumps > 0; }, host.context()));
    EXPECT_EQ(spool->numbers().waiting.files, 1U);
    EXPECT_EQ(notices, std::vector<std::string>{"the directory cannot be read now, it is tried again"});
    delivery->stop();
}

} // namespace
} // namespace lm::test
