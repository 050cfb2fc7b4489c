#pragma once

#include <optional>
#include <span>
#include <string>

namespace lm::daemon {

/// What the command line asks for.
enum class Task { Serve, Help, Version, Migrate, ShowMigrations };
/// From the arguments without the program's name; nullopt when they are wrong.
std::optional<Task> taskOf(std::span<const char* const> arguments);

/// How the program is used, for an error.
std::string usageLine();
/// What `--help` prints: how it is started and every variable with default and meaning.
std::string usage();
/// What `--version` prints.
std::string version();

} // namespace lm::daemon
