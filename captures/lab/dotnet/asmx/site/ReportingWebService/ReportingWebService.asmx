<%@ WebService Language="C#" Class="WindowsUpdateLab.ReportingWebService" %>
