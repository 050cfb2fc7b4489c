#include "tests/support/postgrescluster.hpp"

#include "plugins/common/ownedfd.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace lm::test {
namespace {

/// Debian keeps the server's programs out of PATH, in a directory per version.
std::string findPrograms() {
    std::vector<std::string> found;
    std::error_code none;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none))
        if (std::filesystem::exists(version.path() / "bin" / "initdb"))
            found.push_back(version.path() / "bin");
    if (found.empty()) throw std::runtime_error("PostgreSQL is not installed: tools/setup --test does it");
    return *std::max_element(found.begin(), found.end());
}

/// Who runs the server; nullptr: who runs the test.
const passwd* serverUser() {
    if (::geteuid() != 0) return nullptr;
    for (const char* name : {"postgres", "nobody"})
        if (const passwd* user = ::getpwnam(name)) return user;
    throw std::runtime_error("there is neither a user postgres nor nobody");
}

void give(const std::filesystem::path& path, const passwd* user) {
    if (user && ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
        throw std::runtime_error("cannot give away " + path.string());
}

std::string statusText(int status) {
    return WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                             : "signal " + std::to_string(WTERMSIG(status));
}

/// Reads what a server says until its end; `ready` gets true at the line that says so.
void listen(OwnedFd from, std::promise<bool> ready) {
    std::string text;
    bool told = false;
    char piece[4096];
    for (ssize_t got; (got = ::read(from.get(), piece, sizeof piece)) > 0;) {
        if (told) continue;
        text.append(piece, static_cast<std::size_t>(got));
        if (text.find("ready to accept connections") == std::string::npos) continue;
        ready.set_value(true);
        told = true;
    }
    if (told) return;
    std::fputs(text.c_str(), stderr);
    ready.set_value(false);
}

} // namespace

PostgresCluster::PostgresCluster() : programs_(findPrograms()) {
    give(directory_.path(), serverUser());
    const auto passwordFile = directory_.path() / "password";
    std::ofstream(passwordFile) << password() << "\n";
    give(passwordFile, serverUser());
    run({programs_ + "/initdb", "--pgdata=" + (directory_.path() / "data").string(), "--username=tester",
         "--pwfile=" + passwordFile.string(), "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
         "--no-sync"});
    start();
}

PostgresCluster::~PostgresCluster() {
    if (server_ > 0) stop();
}

void PostgresCluster::start() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    OwnedFd ours(ends[0]), theirs(ends[1]);
    server_ = spawn({programs_ + "/postgres", "-D", (directory_.path() / "data").string(), "-k",
                     directory_.path(), "-c", "listen_addresses=", "-c", "fsync=off", "-c",
                     "logging_collector=off", "-c", "shared_buffers=16MB", "-c", "max_connections=40"},
                    theirs.get());
    theirs = OwnedFd();
    std::promise<bool> ready;
    auto isReady = ready.get_future();
    reader_ = std::thread(listen, std::move(ours), std::move(ready));
    if (!isReady.get()) {
        stop();
        throw std::runtime_error("PostgreSQL did not start");
    }
}

void PostgresCluster::stop() {
    ::kill(server_, SIGQUIT);
    ::waitpid(server_, nullptr, 0);
    server_ = -1;
    reader_.join();
}

std::string PostgresCluster::url(const std::string& query) const {
    std::string host;
    for (const char c : directory_.path().string())
        host += c == '/' ? "%2F" : std::string(1, c);
    return "postgresql://tester:" + password() + "@" + host + "/postgres" +
           (query.empty() ? "" : "?" + query);
}

/// Only async-signal-safe calls between fork and exec: the test may have threads.
pid_t PostgresCluster::spawn(const std::vector<std::string>& arguments, int standardError) const {
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const passwd* user = serverUser();
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child > 0) return child;
    ::dup2(standardError, STDERR_FILENO);
    ::dup2(standardError, STDOUT_FILENO);
    if (user && (::setgroups(0, nullptr) || ::setgid(user->pw_gid) || ::setuid(user->pw_uid))) ::_exit(126);
    // After the change of user, which would undo it.
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (::chdir("/") != 0) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

void PostgresCluster::run(const std::vector<std::string>& arguments) const {
    const auto log = directory_.path() / "initdb.log";
    int status = 0;
    {
        const OwnedFd file(::open(log.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644));
        ::waitpid(spawn(arguments, file.get()), &status, 0);
    }
    if (status == 0) return;
    std::ifstream text(log);
    throw std::runtime_error(arguments[0] + ": " + statusText(status) + "\n" +
                             std::string(std::istreambuf_iterator<char>(text), {}));
}

} // namespace lm::test
