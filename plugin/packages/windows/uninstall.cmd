@echo off
rem uninstall.cmd [/q] [/profile] [FOLDER]...
rem
rem Removes the plugin from your own folder of Wireshark, and from each FOLDER that holds a portable one. The profile "Windows
rem Update" may hold your own settings: it goes only with /profile. /q does not wait in the end.
rem
rem SPDX-License-Identifier: GPL-2.0-or-later

setlocal EnableExtensions DisableDelayedExpansion
set removed=0
set failed=0
set wait=yes
set profile=
set folders=0

:next_argument
if "%~1"=="" goto arguments_done
if /i "%~1"=="/q" goto quiet
if /i "%~1"=="/profile" goto with_profile
set folders=1
if not exist "%~f1\Data\" goto no_portable
call :remove_from "%~f1\Data"
shift
goto next_argument

:no_portable
set "line=%~f1: there is no portable Wireshark in this folder."
call :say
set failed=1
shift
goto next_argument

:quiet
set wait=
shift
goto next_argument

:with_profile
set profile=yes
shift
goto next_argument

:arguments_done
if %folders%==1 goto summary
set "personal=%APPDATA%\Wireshark"
if defined WIRESHARK_APPDATA set "personal=%WIRESHARK_APPDATA%"
if defined WIRESHARK_CONFIG_DIR set "personal=%WIRESHARK_CONFIG_DIR%"
call :remove_from "%personal%"

:summary
if %removed%==0 if %failed%==0 echo The plugin is not installed: nothing is removed.
if defined wait pause
exit /b %failed%

rem ---- one folder -----------------------------------------------------------------------------------------------------

rem :remove_from FOLDER removes the plugin of every version from a personal folder.
:remove_from
set "personal=%~1"
call :remove_file "%personal%\plugins\4.0\epan\wsus.dll"
call :remove_file "%personal%\plugins\4.4\epan\wsus.dll"
call :remove_file "%personal%\plugins\4.6\epan\wsus.dll"
set "target=%personal%\profiles\Windows Update"
if not exist "%target%\" goto :eof
if not defined profile goto profile_stays
rmdir /s /q "%target%" >nul 2>nul
if exist "%target%\" goto profile_failed
set "line=Removed: %target%"
call :say
set removed=1
goto :eof

:profile_stays
set "line=Left as it is: %target% (uninstall.cmd /profile removes it)"
call :say
goto :eof

:profile_failed
set "line=NOT removed, this folder cannot be written: %target%"
call :say
set failed=1
goto :eof

rem :remove_file FILE
:remove_file
if not exist "%~1" goto :eof
del /f /q "%~1" >nul 2>nul
if exist "%~1" goto file_failed
set "line=Removed: %~1"
call :say
set removed=1
goto :eof

:file_failed
set "line=NOT removed: %~1"
call :say
echo   End Wireshark if it runs, and see whether you may write there.
set failed=1
goto :eof

rem :say prints line, whatever characters are in it.
:say
setlocal EnableDelayedExpansion
echo !line!
endlocal
goto :eof
