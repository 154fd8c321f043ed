// SPDX-License-Identifier: GPL-2.0-or-later
//
// The Windows Update services on ASMX (System.Web.Services), each with the operations that the lab calls.

using System;
using System.IO.Compression;
using System.Net.Mime;
using System.Runtime.InteropServices;
using System.Web;
using System.Web.Services;
using System.Web.Services.Protocols;
using System.Xml;

namespace WindowsUpdateLab
{
    public class MonitoredServicesResponse
    {
        public bool SuccessFlag;
        public DateTime ServicesTime;
        public string ServicesName;
        public string ServicesMachine;
    }

    // What all services have in common.
    public abstract class WsusService : WebService
    {
        const string Soap12Envelope = "http://www.w3.org/2003/05/soap-envelope";

        [WebMethod]
        [SoapDocumentMethod(Namespaces.Monitorable + "/Ping", RequestNamespace = Namespaces.Monitorable, ResponseNamespace = Namespaces.Monitorable)]
        public MonitoredServicesResponse Ping(int pingLevel)
        {
            return new MonitoredServicesResponse
            {
                SuccessFlag = true,
                ServicesTime = DateTime.UtcNow,
                ServicesName = GetType().Name,
                ServicesMachine = "wsus.example.test"
            };
        }

        protected static void RaiseAsked(byte[] opaque)
        {
            WsusFault fault = WsusFault.Asked(opaque);
            if (fault != null)
                throw Refusal(fault);
        }

        protected static SoapException Refusal(WsusFault fault)
        {
            return new SoapException(
                "Fault occurred",
                fault.IsServerSide ? SoapException.ServerFaultCode : SoapException.ClientFaultCode,
                HttpContext.Current.Request.Url.AbsoluteUri,
                Detail(fault));
        }

        static XmlNode Detail(WsusFault fault)
        {
            HttpRequest request = HttpContext.Current.Request;
            var contentType = new ContentType(request.ContentType);
            bool soap12 = contentType.MediaType == "application/soap+xml";

            var document = new XmlDocument();
            XmlElement detail = soap12 ? document.CreateElement("soap", "Detail", Soap12Envelope) : document.CreateElement("detail");
            Append(detail, "ErrorCode", fault.ErrorCode);
            Append(detail, "Message", fault.Message);
            Append(detail, "ID", Guid.NewGuid().ToString());
            Append(detail, "Method", soap12 ? "\"" + contentType.Parameters["action"] + "\"" : request.Headers["SOAPAction"]);
            return detail;
        }

        static void Append(XmlElement parent, string name, string text)
        {
            XmlElement child = parent.OwnerDocument.CreateElement(name);
            child.InnerText = text;
            parent.AppendChild(child);
        }
    }

    // nginx compresses no answer with status 500, so faults are compressed here for those who take it.
    public class FaultCompression : IHttpModule
    {
        public void Init(HttpApplication application)
        {
            application.PostRequestHandlerExecute += delegate { Compress(application.Request, application.Response); };
        }

        public void Dispose()
        {
        }

        static void Compress(HttpRequest request, HttpResponse response)
        {
            if (response.StatusCode != 500 || request.Headers["Accept-Encoding"] != "gzip")
                return;
            response.Filter = new GZipStream(response.Filter, CompressionMode.Compress);
            response.AppendHeader("Content-Encoding", "gzip");
        }
    }

    [WebService(Namespace = Namespaces.ClientWebService)]
    public class ClientWebService : WsusService
    {
        [WebMethod]
        public Config GetConfig(string protocolVersion)
        {
            return Catalog.Config();
        }

        [WebMethod]
        public Cookie GetCookie(AuthorizationCookie[] authCookies, Cookie oldCookie, DateTime lastChange, DateTime currentTime, string protocolVersion)
        {
            RaiseAsked(authCookies[0].CookieData);
            return Catalog.NewCookie();
        }

        [WebMethod]
        public void RegisterComputer(Cookie cookie, ComputerInfo computerInfo)
        {
            RaiseAsked(cookie.EncryptedData);
        }

        [WebMethod]
        public SyncInfo SyncUpdates(Cookie cookie, SyncUpdateParameters parameters)
        {
            RaiseAsked(cookie.EncryptedData);
            return Catalog.SyncInfo();
        }

        [WebMethod]
        public ExtendedUpdateInfo GetExtendedUpdateInfo(Cookie cookie, int[] revisionIDs, XmlUpdateFragmentType[] infoTypes, string[] locales, string deviceAttributes)
        {
            RaiseAsked(cookie.EncryptedData);
            return Catalog.ExtendedUpdateInfo(revisionIDs[0]);
        }

        [WebMethod]
        public GetFileLocationsResults GetFileLocations(Cookie cookie, byte[][] fileDigests)
        {
            RaiseAsked(cookie.EncryptedData);
            return new GetFileLocationsResults { FileLocations = Catalog.FileLocations(), NewCookie = Catalog.NewCookie() };
        }
    }

    [WebService(Namespace = Namespaces.SimpleAuthWebService)]
    public class SimpleAuthWebService : WsusService
    {
        [WebMethod]
        public AuthorizationCookie GetAuthorizationCookie(string clientId, string targetGroupName, string dnsName)
        {
            Guid ignored;
            if (!Guid.TryParse(clientId, out ignored))
                throw Refusal(new WsusFault { ErrorCode = "InvalidParameters", Message = "clientId" });
            return new AuthorizationCookie { PlugInId = "SimpleTargeting", CookieData = Catalog.NewCookie().EncryptedData };
        }
    }

    [WebService(Namespace = Namespaces.DssAuthWebService)]
    public class DssAuthWebService : WsusService
    {
        [WebMethod]
        public AuthorizationCookie GetAuthorizationCookie(string accountName, string accountGuid, Guid[] programKeys)
        {
            return new AuthorizationCookie { PlugInId = "DssTargeting", CookieData = Catalog.NewCookie().EncryptedData };
        }
    }

    public class EventTarget
    {
        public string Sid;
    }

    public class BasicData
    {
        public EventTarget TargetID;
        public int SequenceNumber;
        public DateTime TimeAtTarget;
        public Guid EventInstanceID;
        public int NamespaceID;
        public short EventID;
        public short SourceID;
        public UpdateIdentity UpdateID;
        public int Win32HResult;
        public string AppName;
    }

    public class ExtendedData
    {
        public string[] ReplacementStrings;
        public string[] MiscData;
        public string ComputerBrand;
        public string ComputerModel;
        public string BiosRevision;
    }

    public class PrivateData
    {
        public string ComputerDnsName;
        public string UserAccountName;
    }

    public class ReportingEvent
    {
        public BasicData BasicData;
        public ExtendedData ExtendedData;
        public PrivateData PrivateData;
    }

    public class RollupConfiguration
    {
        public bool DoDetailedRollup;
        public Guid RollupResetGuid;
        public Guid ServerId;
        public int RollupDownstreamServersMaxBatchSize;
        public int RollupComputersMaxBatchSize;
    }

    [WebService(Namespace = Namespaces.SoftwareDistribution)]
    public class ReportingWebService : WsusService
    {
        [WebMethod]
        public bool ReportEventBatch(Cookie cookie, DateTime clientTime, ReportingEvent[] eventBatch)
        {
            RaiseAsked(cookie.EncryptedData);
            return true;
        }

        [WebMethod]
        public RollupConfiguration GetRollupConfiguration(Cookie cookie)
        {
            return new RollupConfiguration
            {
                DoDetailedRollup = true,
                RollupResetGuid = new Guid("7f0d8a52-3c4b-4c58-b0a4-6b7c0b3e9f11"),
                ServerId = new Guid("c8a4e7d2-95b1-4c0e-8f6a-3d2b1a0f9e87"),
                RollupDownstreamServersMaxBatchSize = 100,
                RollupComputersMaxBatchSize = 500
            };
        }
    }

    public class ServerAuthConfig
    {
        public DateTime LastChange;
        public AuthPlugInInfo[] AuthInfo;
        public int[] AllowedEventIds;
    }

    public class ServerSyncFilter
    {
        public string DssProtocolVersion;
        public string Anchor;
        public bool GetConfig;
        public bool Get63LanguageOnly;
    }

    public class RevisionIdList
    {
        public string Anchor;
        public UpdateIdentity[] NewRevisions;
    }

    public class ServerSyncUpdateData
    {
        public UpdateIdentity Id;
        public string XmlUpdateBlob;
        public byte[][] FileDigestList;
    }

    public class ServerSyncUrlData
    {
        public byte[] FileDigest;
        public string MUUrl;
        public string UssUrl;
    }

    public class ServerUpdateData
    {
        public ServerSyncUpdateData[] updates;
        public ServerSyncUrlData[] fileUrls;
    }

    [WebService(Namespace = Namespaces.SoftwareDistribution)]
    public class ServerSyncWebService : WsusService
    {
        [WebMethod]
        public ServerAuthConfig GetAuthConfig()
        {
            return new ServerAuthConfig
            {
                LastChange = new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc),
                AuthInfo = new[] { new AuthPlugInInfo { PlugInID = "DssTargeting", ServiceUrl = "DssAuthWebService/DssAuthWebService.asmx" } }
            };
        }

        [WebMethod]
        public Cookie GetCookie(AuthorizationCookie[] authCookies, Cookie oldCookie, string protocolVersion)
        {
            if (!protocolVersion.StartsWith("1."))
                throw Refusal(new WsusFault { ErrorCode = "IncompatibleProtocolVersion", Message = "protocolVersion" });
            return Catalog.NewCookie();
        }

        [WebMethod]
        public RevisionIdList GetRevisionIdList(Cookie cookie, ServerSyncFilter filter)
        {
            if (cookie == null)
                throw Refusal(new WsusFault { ErrorCode = "InvalidCookie", Message = "" });
            return new RevisionIdList { Anchor = "4711,2024-05-06 07:08:09.123", NewRevisions = new[] { Known() } };
        }

        [WebMethod]
        public ServerUpdateData GetUpdateData(Cookie cookie, UpdateIdentity[] updateIds)
        {
            if (updateIds.Length > 1)
                ReadFromUpstream();
            if (updateIds[0].UpdateID != Catalog.UpdateID)
                throw Refusal(new WsusFault { ErrorCode = "InternalServerError", Message = "" });
            FileLocation file = Catalog.FileLocations()[0];
            return new ServerUpdateData
            {
                updates = new[]
                {
                    new ServerSyncUpdateData
                    {
                        Id = Known(),
                        XmlUpdateBlob = "<upd:Update xmlns:upd=\"http://schemas.microsoft.com/msus/2002/12/Update\" />",
                        FileDigestList = new[] { file.FileDigest }
                    }
                },
                fileUrls = new[]
                {
                    new ServerSyncUrlData { FileDigest = file.FileDigest, MUUrl = "http://download.example.test/lab.exe", UssUrl = file.Url }
                }
            };
        }

        static UpdateIdentity Known()
        {
            return new UpdateIdentity { UpdateID = Catalog.UpdateID, RevisionNumber = Catalog.RevisionNumber };
        }

        // The lab has no upstream server: an exception that nobody handles, caused by one with an HRESULT.
        static void ReadFromUpstream()
        {
            try
            {
                throw new COMException("Exception from HRESULT: 0x8024402C", unchecked((int)0x8024402C));
            }
            catch (COMException cause)
            {
                throw new InvalidOperationException("The upstream server cannot be reached.", cause);
            }
        }
    }
}
