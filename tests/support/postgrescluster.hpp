#pragma once

#include "tests/support/temporarydirectory.hpp"

#include <sys/types.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

namespace lm::test {

/// A PostgreSQL server of the test's own: Debian's programs, a cluster in a temporary directory, a Unix
/// socket there and no port. As root it runs as the user postgres or nobody, because PostgreSQL refuses root.
/// It dies with the test, however that ends. Throws when it cannot be made.
class PostgresCluster {
public:
    PostgresCluster();
    ~PostgresCluster();
    PostgresCluster(const PostgresCluster&) = delete;
    PostgresCluster& operator=(const PostgresCluster&) = delete;

    /// Returns once connections are taken.
    void start();
    /// Cuts every connection and returns when it is down.
    void stop();

    /// `postgresql://…` of its one user, a superuser with password(), and `query` such as `schema=x`.
    std::string url(const std::string& query = {}) const;
    /// What must not be seen anywhere.
    static std::string password() { return "hunter2-swordfish"; }

private:
    pid_t spawn(const std::vector<std::string>& arguments, int standardError) const;
    void run(const std::vector<std::string>& arguments) const;

    const TemporaryDirectory directory_;
    const std::string programs_;
    pid_t server_ = -1;
    std::thread reader_; // of what the server says
};

} // namespace lm::test
