// SPDX-License-Identifier: GPL-2.0-or-later
//
// Calls ClientWebService over one binding. Usage: Client.exe text|soap12|binary PORT
// Prints for every call what the answer must be, as "STATUS<TAB>FAULT"; FAULT is the ErrorCode of the detail, or the
// most exact fault code where the detail has none, or empty.

using System;
using System.Runtime.Serialization;
using System.ServiceModel;
using System.Text;

namespace WindowsUpdateLab
{
    class Client
    {
        readonly string binding;
        readonly string root;
        readonly IClientWebService service;

        Client(string binding, string root)
        {
            this.binding = binding;
            this.root = root;
            service = Channel<IClientWebService>("/ClientWebService/client.asmx");
        }

        static void Main(string[] arguments)
        {
            // Without this every POST waits for "100 Continue", which no Windows Update client asks for.
            System.Net.ServicePointManager.Expect100Continue = false;

            var client = new Client(arguments[0], "http://127.0.0.1:" + arguments[1]);
            client.Scan();
            if (client.binding != "soap12")
            {
                client.OtherOperations();
                client.EveryErrorCode();
            }
            else
                client.SomeErrorCodes();
            client.FaultsOfTheFramework();
        }

        void Scan()
        {
            Succeeds(() => service.GetConfig("2.50"));
            Succeeds(() => GetCookie(AuthorizationCookieOf("authorization of the lab")));
            Succeeds(() => service.RegisterComputer(GoodCookie(), Computer()));
            Succeeds(() => SyncUpdates(GoodCookie()));
            Succeeds(() => GetExtendedUpdateInfo(GoodCookie()));
        }

        void OtherOperations()
        {
            Succeeds(() => service.GetConfig2(new ClientConfiguration
            {
                ProcessorArchitecture = "Amd64Compatible",
                ClientVersion = new Version4 { MajorVersion = 10, BuildNumber = 19041, RevisionNumber = 1 },
                OSVersion = new Version4 { MajorVersion = 10, BuildNumber = 19045, RevisionNumber = 1 },
                ProtocolVersion = "2.50"
            }));
            Succeeds(() =>
            {
                Guid[] inError;
                service.StartCategoryScan(new[] { new CategoryRelationship { IndexOfAndGroup = 0, CategoryId = Catalog.CategoryId } }, out inError);
            });
            Succeeds(() => SyncPrinterCatalog(GoodCookie()));
            Succeeds(() => RefreshCache(GoodCookie()));
            Succeeds(() => service.GetExtendedUpdateInfo2(
                GoodCookie(), new[] { Identity() }, new[] { XmlUpdateFragmentType.FileUrl }, new[] { "en" }, "OSVersion=10.0.19045.1;"));
            Succeeds(() => GetFileLocations(GoodCookie()));
            Succeeds(() => service.GetTimestamps(new[] { new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc) }));
        }

        // Each error code on an operation that the protocol lets it happen in, where the protocol says.
        void EveryErrorCode()
        {
            SomeErrorCodes();
            Refused("ServerChanged", "", c => RefreshCache(c));
            RefusedAtGetCookie("ConfigChanged");
            Refused("CookieExpired", "", c => GetExtendedUpdateInfo(c));
            Refused("RegistrationNotRequired", "", c => service.RegisterComputer(c, new ComputerInfo { DnsName = "pc1.example.test" }));
            Refused("ServerBusy", "", c => SyncUpdates(c));
            Refused("FileLocationChanged", "", c => GetExtendedUpdateInfo(c));
            Refused("FileLocationsChanged", "", c => GetFileLocations(c));
            RefusedAtGetCookie("IncompatibleProtocolVersion");
            Refused("FileDigestsMissing", "aQ4yMWuSNUZ8xj5KqWkWlgDYQXY=|2jmj7l5rSw0yVb/vlWAYkK/YBwk=", c => GetFileLocations(c));
            Refused("TooManyIds", "globalIDs", c => RefreshCache(c));
            Refused("RedirectorLocationChanged", "", c => GetFileLocations(c));
            Refused("DeploymentSynchronizationNotAllowed", "", c => SyncPrinterCatalog(c));
        }

        void SomeErrorCodes()
        {
            Refused("InvalidCookie", "", c => SyncUpdates(c));
            Refused("RegistrationRequired", "", c => SyncUpdates(c));
            RefusedAtGetCookie("InvalidAuthorizationCookie");
            Refused("InvalidParameters", "parameters.InstalledNonLeafUpdateIDs", c => SyncUpdates(c));
            Refused("InternalServerError", "", c => GetExtendedUpdateInfo(c));
        }

        void FaultsOfTheFramework()
        {
            Fails("InternalServiceFault", () => service.GetConfig("unhandled exception"));

            var talkative = Channel<IClientWebService>("/v6/ClientWebService/client.asmx");
            Fails("InternalServiceFault", () => talkative.GetConfig("unhandled exception"));

            var unknown = Channel<IUnknownOperations>("/ClientWebService/client.asmx");
            Fails("ActionNotSupported", () => unknown.NoSuchOperation(GoodCookie()));
        }

        T Channel<T>(string path)
        {
            return new ChannelFactory<T>(Bindings.Named(binding), new EndpointAddress(root + path)).CreateChannel();
        }

        Cookie GetCookie(AuthorizationCookie authorization)
        {
            var now = new DateTime(2024, 5, 6, 8, 0, 0, DateTimeKind.Utc);
            return service.GetCookie(new[] { authorization }, new Cookie { Expiration = now }, now, now, "2.50");
        }

        SyncInfo SyncUpdates(Cookie cookie)
        {
            return service.SyncUpdates(cookie, new SyncUpdateParameters
            {
                InstalledNonLeafUpdateIDs = new[] { 11, 12, 3000000 },
                OtherCachedUpdateIDs = new[] { 21, 255, 70000 },
                FilterCategoryIds = new[] { new CategoryIdentifier { Id = Catalog.CategoryId } },
                NeedTwoGroupOutOfScopeUpdates = true
            });
        }

        SyncInfo SyncPrinterCatalog(Cookie cookie)
        {
            return service.SyncPrinterCatalog(cookie, new[] { 11 }, new[] { 31 }, "OSVersion=10.0.19045.1;");
        }

        RefreshCacheResult[] RefreshCache(Cookie cookie)
        {
            return service.RefreshCache(cookie, new[] { Identity() }, "OSVersion=10.0.19045.1;");
        }

        ExtendedUpdateInfo GetExtendedUpdateInfo(Cookie cookie)
        {
            return service.GetExtendedUpdateInfo(
                cookie, new[] { Catalog.RevisionID }, new[] { XmlUpdateFragmentType.Extended, XmlUpdateFragmentType.LocalizedProperties }, new[] { "en" }, "OSVersion=10.0.19045.1;");
        }

        GetFileLocationsResults GetFileLocations(Cookie cookie)
        {
            return service.GetFileLocations(cookie, new[] { Catalog.FileLocations()[0].FileDigest });
        }

        static UpdateIdentity Identity()
        {
            return new UpdateIdentity { UpdateID = Catalog.UpdateID, RevisionNumber = Catalog.RevisionNumber };
        }

        static ComputerInfo Computer()
        {
            return new ComputerInfo
            {
                DnsName = "pc1.example.test",
                OSMajorVersion = 10,
                OSBuildNumber = 19045,
                OSLocale = "en-US",
                ComputerManufacturer = "Example",
                ComputerModel = "Model 1",
                BiosVersion = "1.0",
                BiosName = "Example BIOS",
                BiosReleaseDate = new DateTime(2023, 1, 2),
                ProcessorArchitecture = "AMD64",
                ClientVersionMajorNumber = 10,
                ClientVersionBuildNumber = 19041,
                OSDescription = "Windows 10 Pro"
            };
        }

        static Cookie GoodCookie()
        {
            return CookieOf(Encoding.ASCII.GetBytes("opaque cookie data of the lab"));
        }

        static Cookie CookieOf(byte[] opaque)
        {
            return new Cookie { Expiration = new DateTime(2024, 5, 6, 9, 0, 0, DateTimeKind.Utc), EncryptedData = opaque };
        }

        static AuthorizationCookie AuthorizationCookieOf(string opaque)
        {
            return new AuthorizationCookie { PlugInId = "SimpleTargeting", CookieData = Encoding.ASCII.GetBytes(opaque) };
        }

        void Refused(string errorCode, string message, Action<Cookie> call)
        {
            Fails(errorCode, () => call(CookieOf(WsusFault.Order(errorCode, message))));
        }

        void RefusedAtGetCookie(string errorCode)
        {
            Fails(errorCode, () => GetCookie(AuthorizationCookieOf(Encoding.ASCII.GetString(WsusFault.Order(errorCode, "")))));
        }

        static void Succeeds(Action call)
        {
            Console.WriteLine("200\t");
            call();
        }

        // What came back is looked at in the capture: Mono's client understands no detail but ExceptionDetail, and
        // answers all others with SerializationException.
        static void Fails(string outcome, Action call)
        {
            Console.WriteLine("500\t" + outcome);
            try
            {
                call();
            }
            catch (CommunicationException)
            {
            }
            catch (SerializationException)
            {
            }
        }
    }
}
