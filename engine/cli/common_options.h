#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "engine/session/session.h"

namespace zerocl::cli {

// A new command; `examples` go under its help.
CLI::App* add_command(CLI::App& program, const std::string& name, const std::string& description,
                      const std::string& examples);

void declare_device(CLI::App& command, std::string& device);
void declare_json(CLI::App& command, bool& json);

// A model on a device: what most commands start from.
struct ModelOptions {
  std::string dir;
  SessionOptions session;
  bool json = false;

  void declare(CLI::App& command);
  std::shared_ptr<const Model> open() const { return Model::open(dir); }
};

}  // namespace zerocl::cli
