# Places the plugin into a source tree of Wireshark, to be built with it:
#
#   cmake -DWIRESHARK=FOLDER [-DTABLES=FOLDER] [-DINSIDE=ON] -P plugin/source-tree/place.cmake
#
# WIRESHARK is the top of Wireshark's source tree. TABLES is the folder `generated` of a build folder of this machine:
# needed only for a cross build, which cannot run the compiler of the tables that it builds. With INSIDE the plugin becomes
# one of Wireshark's own, in its CMakeLists.txt; without, one of the file for those of others. Placing again replaces what is
# there.
#
# SPDX-License-Identifier: GPL-2.0-or-later

cmake_minimum_required(VERSION 3.13)
get_filename_component(repo ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
if(NOT DEFINED WIRESHARK)
  message(FATAL_ERROR "Usage: cmake -DWIRESHARK=FOLDER [-DTABLES=FOLDER] [-DINSIDE=ON] -P plugin/source-tree/place.cmake")
endif()
get_filename_component(wireshark ${WIRESHARK} ABSOLUTE)
if(NOT EXISTS ${wireshark}/plugins/epan OR NOT EXISTS ${wireshark}/cmake/modules/WiresharkPlugin.cmake)
  message(FATAL_ERROR "${wireshark} is no source tree of Wireshark")
endif()

set(target ${wireshark}/plugins/epan/wsus)
file(REMOVE_RECURSE ${target})
file(GLOB_RECURSE sources RELATIVE ${repo}/plugin ${repo}/plugin/*.c ${repo}/plugin/*.h)
list(FILTER sources EXCLUDE REGEX "^(wuerr|packages)/") # programs of their own
foreach(source ${sources})
  get_filename_component(folder ${source} DIRECTORY)
  file(COPY ${repo}/plugin/${source} DESTINATION ${target}/${folder})
endforeach()
file(GLOB tables ${repo}/tables/*.tsv ${repo}/tables/compile.c)
file(COPY ${tables} DESTINATION ${target}/tables)
if(DEFINED TABLES)
  get_filename_component(generated ${TABLES} ABSOLUTE)
  file(COPY ${generated}/wu_tables.c ${generated}/wu_tables.h DESTINATION ${target}/generated)
endif()
# the version stands in one place
file(STRINGS ${repo}/CMakeLists.txt project REGEX "^project\\(wsus VERSION [0-9]+\\.[0-9]+\\.[0-9]+ ")
string(REGEX REPLACE ".*VERSION ([0-9]+)\\.([0-9]+)\\.([0-9]+) .*" "\\1 \\2 \\3" version "${project}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/CMakeLists.txt ${target}/CMakeLists.txt @ONLY)

if(INSIDE)
  set(list ${wireshark}/CMakeLists.txt)
  file(READ ${list} text)
  string(FIND "${text}" "\t\tplugins/epan/wsus\n" found)
  if(found EQUAL -1) # behind the last of its kind
    string(REGEX MATCH "set\\(PLUGIN_SRC_DIRS\n[^)]*\\)" before "${text}")
    if(before STREQUAL "")
      message(FATAL_ERROR "The list of plugins is not found in ${list}")
    endif()
    string(REGEX REPLACE "^(.*plugins/epan/[a-z0-9_]+\n)" "\\1\t\tplugins/epan/wsus\n" after "${before}")
    string(REPLACE "${before}" "${after}" text "${text}")
    file(WRITE ${list} "${text}")
  endif()
  file(WRITE ${target}/tables/.gitattributes "# the columns of a row end with a tab also where the last is empty\n*.tsv -whitespace\n")
  # a program that runs while building is no dissector: not for the checks of those
  set(ignored ${wireshark}/tools/pre-commit-ignore.conf)
  file(READ ${ignored} text)
  string(FIND "${text}" "plugins/epan/wsus/tables/compile.c\n" found)
  if(found EQUAL -1)
    file(APPEND ${ignored} "plugins/epan/wsus/tables/compile.c\n")
  endif()
else()
  # Wireshark reads the plugins of others from this file
  set(custom ${wireshark}/CMakeListsCustom.txt)
  set(line "list(APPEND CUSTOM_PLUGIN_SRC_DIR plugins/epan/wsus)")
  set(text "")
  if(EXISTS ${custom})
    file(READ ${custom} text)
  endif()
  string(FIND "${text}" "${line}" found)
  if(found EQUAL -1)
    file(APPEND ${custom} "${line}\n")
  endif()
endif()
message(STATUS "The plugin is in ${target}; configure and build Wireshark, or only the target wsus")
