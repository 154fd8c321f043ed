@echo off
rem install.cmd [/q] [FOLDER]...
rem
rem Copies the plugin and the profile "Windows Update" to your own folder of Wireshark, for every Wireshark that is found:
rem the installed one, and each FOLDER, which may hold a portable one. Needs no administrator. /q does not wait in the end.
rem
rem SPDX-License-Identifier: GPL-2.0-or-later

setlocal EnableExtensions DisableDelayedExpansion
set "here=%~dp0"
set installed=0
set failed=0
set found=0
set wait=yes
set given=

:next_argument
if "%~1"=="" goto arguments_done
if /i "%~1"=="/q" goto quiet
set given=yes
call :wireshark_in "%~f1"
shift
goto next_argument

:quiet
set wait=
shift
goto next_argument

:arguments_done
if defined given goto summary

rem The folder that the installer noted, and the one that it proposes.
set noted=
for /f "tokens=2,*" %%a in ('reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Wireshark" /v InstallLocation 2^>nul') do if "%%a"=="REG_SZ" set "noted=%%b"
if not defined noted goto usual_folder
if not exist "%noted%\tshark.exe" if not exist "%noted%\Wireshark.exe" goto usual_folder
call :wireshark_in "%noted%"
if /i "%noted%"=="%ProgramFiles%\Wireshark" goto summary

:usual_folder
if exist "%ProgramFiles%\Wireshark\Wireshark.exe" call :wireshark_in "%ProgramFiles%\Wireshark"

:summary
if %found%==0 if not defined given echo No Wireshark was found: nothing is installed. Install Wireshark first, or name the folder of a portable one: install.cmd FOLDER
if %installed%==0 if not %found%==0 echo Nothing is installed.
if not %installed%==0 echo Done: start Wireshark, open a capture, and choose the profile "Windows Update" at the lower right.
if not %installed%==0 echo wuerr.exe stays in this folder: copy it to where you want it.
set result=0
if %installed%==0 set result=1
if not %failed%==0 set result=1
if defined wait pause
exit /b %result%

rem ---- one Wireshark --------------------------------------------------------------------------------------------------

rem :wireshark_in FOLDER installs for the Wireshark in a folder.
:wireshark_in
set "program=%~1"
set "personal=%APPDATA%\Wireshark"
if defined WIRESHARK_APPDATA set "personal=%WIRESHARK_APPDATA%"
if defined WIRESHARK_CONFIG_DIR set "personal=%WIRESHARK_CONFIG_DIR%"
if not exist "%program%\App\Wireshark\Wireshark.exe" goto not_portable
set "personal=%program%\Data"
set "program=%program%\App\Wireshark"
:not_portable
if exist "%program%\Wireshark.exe" goto is_wireshark
if exist "%program%\tshark.exe" goto is_wireshark
set "line=%program%: there is no Wireshark in this folder."
call :say
set failed=1
goto :eof

:is_wireshark
set found=1
set minor=
rem from within the folder: a name with & or parentheses could not stand in that command
pushd "%program%" >nul 2>nul
if exist tshark.exe for /f "tokens=3,4 delims=.() " %%a in ('.\tshark.exe --version 2^>nul') do if not defined minor set "minor=%%a.%%b"
popd
if not defined minor for /f "tokens=2-4 delims=. " %%a in ('reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Wireshark" /v DisplayVersion 2^>nul') do if "%%a"=="REG_SZ" set "minor=%%b.%%c"
if not defined minor goto unknown_version
if not exist "%here%plugins\%minor%\epan\wsus.dll" goto other_version

set "target=%personal%\plugins\%minor%\epan"
if not exist "%target%\" mkdir "%target%" >nul 2>nul
copy /y "%here%plugins\%minor%\epan\wsus.dll" "%target%\wsus.dll" >nul 2>nul
if errorlevel 1 goto no_copy
if not exist "%target%\wsus.dll" goto no_copy
set "line=%program%: Wireshark %minor%"
call :say
set "line=  plugin:  %target%\wsus.dll"
call :say
set installed=1

set "target=%personal%\profiles\Windows Update"
if exist "%target%\preferences" goto profile_there
if not exist "%target%\" mkdir "%target%" >nul 2>nul
copy /y "%here%profiles\Windows Update\*" "%target%" >nul 2>nul
if errorlevel 1 goto no_profile
if not exist "%target%\preferences" goto no_profile
set "line=  profile: %target%"
call :say
goto :eof

:profile_there
set "line=  profile: %target% is there already and is left as it is"
call :say
goto :eof

:no_profile
set "line=  profile: NOT installed, this folder cannot be written: %target%"
call :say
set failed=1
goto :eof

:no_copy
set "line=%program%: Wireshark %minor%"
call :say
set "line=  plugin:  NOT installed, this file cannot be written: %target%\wsus.dll"
call :say
echo            End Wireshark if it runs, and see whether you may write there.
set failed=1
goto :eof

:unknown_version
set "line=%program%: NOT installed, the version of this Wireshark cannot be found out (tshark.exe tells it)."
call :say
set failed=1
goto :eof

:other_version
set "line=%program%: NOT installed, this is Wireshark %minor%, and here are plugins for 4.0, 4.4 and 4.6 (64-bit Intel and AMD)."
call :say
set failed=1
goto :eof

rem :say prints line, whatever characters are in it.
:say
setlocal EnableDelayedExpansion
echo !line!
endlocal
goto :eof
